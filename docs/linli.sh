#!/bin/sh
# Says a sentence of Linli as the user whose node it is: what root made, the service could not read.
# A file that is named by a path is read by that user too; a token may be typed instead.
exec runuser --user linli -- env LINLI_HOME=/var/lib/linli LANG=C.UTF-8 \
    /opt/linli/.venv/bin/linli "$@"
