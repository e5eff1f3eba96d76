# The engine stops at the first step that is not in its plan and says what differs, secrets in plain text and on as many
# lines as they have: everything from there on is left out.
/violates plan/ {
    sub(/violates plan.*/, "violates plan: preview it and have it approved again. The rest of the output is left out.")
    print
    hidden = 1
}
!hidden { print; fflush() }
