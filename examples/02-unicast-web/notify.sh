#!/bin/sh
# Called with master, backup or fault. Tells whoever reads the system log; put your own mail or webhook here.
logger -t web-pair "$(uname -n) is now $1"
