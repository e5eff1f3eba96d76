# The process that holds a pod's namespaces, built by local/toolchain (the build context).
FROM scratch
COPY pause /pause
USER 65532:65532
ENTRYPOINT ["/pause"]
