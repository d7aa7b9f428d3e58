#!/bin/sh
# Stands in for the C++ compiler in tests of staging: builds the fake binding instead of the sources it
# is given, against the libraries and search folders it is given. CC and FAKE_SOURCE come from the test.
#   FAKE_CXX_LOG     a line is added to this file for each compilation
#   FAKE_CXX_BLOCKS  compile nothing; create this file and wait for the parent to end
#   FAKE_CXX_SAYS    fail, saying this
if [ "$1" = --version ]; then
  echo "fake-cxx 1.0"
  exit 0
fi
[ -n "$FAKE_CXX_LOG" ] && echo compiled >>"$FAKE_CXX_LOG"
if [ -n "$FAKE_CXX_BLOCKS" ]; then
  : >"$FAKE_CXX_BLOCKS"
  while kill -0 $PPID 2>/dev/null; do sleep 0.05; done
  exit 1
fi
if [ -n "$FAKE_CXX_SAYS" ]; then
  echo "$FAKE_CXX_SAYS" >&2
  exit 1
fi
headers=no
for argument do
  shift
  case $argument in
    -I*)
      [ -f "${argument#-I}/tensorflow/c/eager/c_api.h" ] && headers=yes
      set -- "$@" "$argument"
      ;;
    -O2 | -std=* | *.cc) ;;
    *) set -- "$@" "$argument" ;;
  esac
done
if [ $headers = no ]; then
  echo "error: tensorflow/c/eager/c_api.h: No such file" >&2
  exit 1
fi
exec "$CC" -DPART_BINDING "$FAKE_SOURCE" "$@"
