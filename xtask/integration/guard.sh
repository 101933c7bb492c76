#!/bin/sh
# Runs a service for as long as whoever started it lives: guard.sh CONTAINER COMMAND...
#
# The end of stdin is the signal to stop. A pipe ends however its writer ends, killed or not.
# Started in a process group of its own. CONTAINER is what docker calls the service, or empty.
container=$1
shift

exec 3<&0
"$@" </dev/null 3<&- &
service=$!
# Only now: a signal that is ignored stays so in whatever is started.
trap '' HUP INT TERM
{
    cat <&3 >/dev/null
    kill -TERM 0
    tenths=0
    while kill -0 "$service" && [ "$tenths" -lt 50 ]; do
        sleep 0.1
        tenths=$((tenths + 1))
    done
    [ -z "$container" ] || docker rm --force "$container" >/dev/null
    kill -KILL 0
} 2>/dev/null &
exec 3<&-
wait "$service"
