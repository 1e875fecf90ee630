#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages that a command needs: scripts/setup.sh demo|docs|test
# Asks dpkg first, so once everything is there it touches neither apt nor the network. Exit 2: the packages could not
# be had.
set -euo pipefail

build_packages=(g++ cmake ninja-build libeigen3-dev libboost-dev libboost-program-options-dev
                libhdf5-dev nlohmann-json3-dev libvalijson-dev)
figure_packages=(python3-numpy python3-xarray python3-h5netcdf python3-matplotlib)
# Proofs in ball arithmetic, where the distribution has it (with FLINT 3 libflint-dev alone is enough); the program says
# so where it is left out. cpp-httplib for `lemmata watch --serve`, likewise.
optional_packages=(libflint-dev libflint-arb-dev libcpp-httplib-dev)
test_packages=(doctest-dev gcovr python3-scipy python3-netcdf4 python3-h5py python3-mpmath python3-pytest python3-torch
               libopenblas0-pthread)

# The report page is tested in a real browser; Debian's npm conflicts with other builds of node.
browser_packages=(chromium)
if ! command -v npm >/dev/null; then browser_packages+=(nodejs npm); fi
# The documentation site, with formulas typeset offline.
site_packages=(doxygen libjs-mathjax python3-h5py)

case "${1:-}" in
  demo) wanted=("${build_packages[@]}" "${figure_packages[@]}") ;;
  docs) wanted=("${build_packages[@]}" "${figure_packages[@]}" "${site_packages[@]}") ;;
  test) wanted=("${build_packages[@]}" "${figure_packages[@]}" "${test_packages[@]}" "${browser_packages[@]}"
                "${site_packages[@]}") ;;
  *) echo "usage: scripts/setup.sh demo|docs|test" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "setup: this machine has no apt. Install what these Debian packages hold, then build with" \
       "'cmake --preset release':" >&2
  echo "  ${wanted[*]} (optional: ${optional_packages[*]})" >&2
  exit 2
fi

# The packages among those given that are not installed.
missing_of() {
  local package
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true) == installed ]] || echo "$package"
  done
}
mapfile -t missing < <(missing_of "${wanted[@]}")
mapfile -t missing_optional < <(missing_of "${optional_packages[@]}")

as_root=()
if (( EUID != 0 )); then
  if command -v sudo >/dev/null; then
    as_root=(sudo)
  elif (( ${#missing[@]} )); then
    echo "setup: not root and no sudo. Have an administrator run:" >&2
    echo "  apt-get install ${missing[*]} ${missing_optional[*]}" >&2
    exit 2
  else
    missing_optional=()
  fi
fi
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)

if (( ${#missing[@]} )); then
  echo "setup: installing ${missing[*]}"
  # Stale package lists name files that are gone; a failed update may still leave lists that do.
  "${apt[@]}" update || echo "setup: apt-get update failed; trying with the lists at hand" >&2
  if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; then
    echo "setup: apt-get could not install: ${missing[*]}" >&2
    exit 2
  fi
fi
for package in "${missing_optional[@]}"; do
  apt-cache show "$package" >/dev/null 2>&1 || continue   # not in this distribution
  echo "setup: installing $package (optional)"
  "${apt[@]}" install -y --no-install-recommends "$package" || echo "setup: going on without $package" >&2
done
