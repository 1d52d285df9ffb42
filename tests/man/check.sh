#!/bin/sh
# The man pages' example programs build cleanly and print what the pages say.
exec "$ROOT/tests/man/run.sh" "$ASYNCC" "$ROOT"/man/*.7
