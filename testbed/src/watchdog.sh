# Watches over one server, in whose folder it runs.
#
# Obeys the lines on its standard input, and answers each with a line. When the process at the
# other end of that pipe ends, however it ends, the server ends too and the folder is removed.
#
#     run COMMAND     runs a command to its end; answers with its exit status
#     start COMMAND   starts the server; answers with its process id
#     stop SIGNAL     sends the signal to the server and waits for its end; answers with its status
#
# The first argument is the signal that ends the server when nobody needs its data any more.

last_signal=$1
folder=$PWD
server=

# Whether the server runs. One that has ended, but that we have not waited for, does not.
runs() {
    [ -n "$server" ] && read -r stat < "/proc/$server/stat" || return 1
    case "${stat##*) }" in
    Z*) return 1 ;;
    esac
} 2> /dev/null

# Ends the server with a signal, even if it is frozen; with SIGKILL if it takes half a minute.
end() {
    kill -s "$1" "$server"
    kill -s CONT "$server" $(cat "/proc/$server/task/$server/children")
    patience=600
    while runs; do
        patience=$((patience - 1))
        [ "$patience" -gt 0 ] || kill -s KILL "$server"
        sleep 0.05
    done
    wait "$server"
} 2> /dev/null

finish() {
    ! runs || end "$last_signal"
    cd / && rm -rf "$folder"
    exit
}

trap finish HUP INT TERM
while read -r order argument; do
    case "$order" in
    run) (eval "$argument") < /dev/null >> log 2>&1 ;;
    start) eval "exec $argument" < /dev/null >> log 2>&1 & ;;
    stop) ! runs || end "$argument" ;;
    esac
    status=$?
    if [ "$order" = start ]; then
        server=$!
        status=$server
    fi
    echo "$status"
done
finish
