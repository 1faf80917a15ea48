#!/usr/bin/env bash
# setup.sh [GROUP...]: installs what is missing of tools/packages.txt (without groups: all). Does nothing, quickly, where
# all is present.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

wanted() {
  local group packages
  while IFS=: read -r group packages; do
    if (($# == 0)) || [[ " $* " == *" $group "* ]]; then echo "$packages"; fi
  done < <(sed 's/#.*//; /^ *$/d' "$root/tools/packages.txt")
}

missing() {
  local installed package
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p')
  for package in $(wanted "$@"); do
    grep -qxF -- "$package" <<<"$installed" || echo "$package"
  done
}

# A package is to bring its files, not to start a server on the developer's machine.
policy=/usr/sbin/policy-rc.d
hold_services() {
  [[ -e $policy ]] && return
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
}

install() {
  mkdir -p "$root/build"
  {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@"
  } >"$root/build/setup.log" 2>&1
}

main() {
  local packages
  for group in "$@"; do
    grep -q "^$group:" "$root/tools/packages.txt" || usage_error "setup: no group $group in tools/packages.txt"
  done
  mapfile -t packages < <(missing "$@")
  if ((${#packages[@]})); then
    command -v apt-get >/dev/null || die "needs Debian's apt-get to install: ${packages[*]}"
    as_root=()
    if ((EUID != 0)); then
      command -v sudo >/dev/null || die "run as root: apt-get install ${packages[*]}"
      as_root=(sudo)
    fi
    say "install ${#packages[@]} packages: ${packages[*]}"
    hold_services
    install "${packages[@]}" || { say "once more: install ${#packages[@]} packages" && install "${packages[@]}"; } ||
      die "apt-get could not install ${packages[*]}: $(tail -n 15 "$root/build/setup.log")"
  fi
  say "all packages are present"
}

main "$@"
