#!/bin/sh
# Stands in for images that serve HTTP: the files of $WEB_ROOT at the image's port, or another in $NGINX_PORT. Where
# there is no page, one is made that shows $PODINFO_UI_MESSAGE.
set -eu
root=${WEB_ROOT:-/usr/share/nginx/html}
if [ ! -e "$root/index.html" ]; then
  echo "${PODINFO_UI_MESSAGE:-served by a stand-in}" >"$root/index.html"
fi
echo "serving $root at port ${NGINX_PORT:-$WEB_PORT}"
exec httpd -f -p "${NGINX_PORT:-$WEB_PORT}" -h "$root"
