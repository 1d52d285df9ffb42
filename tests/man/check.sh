#!/bin/sh
# The manual covers what there is, and the example programs of its pages build cleanly and print what the pages say.
"$ROOT/tests/man/coverage.sh" && exec "$ROOT/tests/man/run.sh" "$ASYNCC" "$ROOT"/man/*.[37]
