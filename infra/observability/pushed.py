"""Figures that jobs push. Their gateway forgets them over a restart; each comes again when its job has run again."""

# Every job runs daily at least. Of one that does not, CronJobMissed tells before a day and three hours are over.
REMEMBERED = "3d"
# Of what runs outside of the cluster, where no CronJobMissed looks: most of what Prometheus keeps.
REMEMBERED_OF_OUTSIDE = "30d"


def kept(series: str, by: str = "") -> str:
    """What the gateway has; where it has none of it, what it had last.

    `by`: the label by which pushes stand apart. One of which the gateway has something has left the rest out.
    """
    return f"({series} or last_over_time({series}[{REMEMBERED}]) unless on({by}) {series})"


def newest(time: str, remembered: str = REMEMBERED) -> str:
    """The latest of a time that only moves on."""
    return f"max(max_over_time({time}[{remembered}]))"
