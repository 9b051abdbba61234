#!/bin/sh
# Brings the libraries of the page from npm into page/vendor and writes down what they are.
#
# Run by hand when a version changes; what it brought is kept in the project, so neither `make run` nor `make test` needs it.
# A package whose hash is not the one below is refused. `--check` compares what is there with page/vendor/SHA256SUMS.
set -eu
cd "$(dirname "$0")/.."
there=$PWD/page/vendor

if [ "${1:-}" = --check ]; then
    cd "$there" && exec sha256sum --check --strict --quiet SHA256SUMS
fi

# name, version, SHA-512 of the package as npm gives it, and then FILE=NAME for what is kept of it.
libraries='
preact 11.2.0 /HfHI/7N84e6GrWBJ3J280z3mLaRJiDcSvj/A+y/4AbLnND/1UlGHe1sR6oYuTGwId0nP7dqDU9OnLxMPZ7xBg== dist/preact.mjs=preact.js hooks/dist/hooks.mjs=preact-hooks.js LICENSE=preact.LICENSE
htm 3.1.1 983Vyg8NwUE7JkZ6NmOqpCZ+sh1bKv2iYTlUkzlWmA5JD2acKoxd4KVxbMmxX/85mtfdnDmTFoNKcg5DGAvxNQ== dist/htm.module.js=htm.js LICENSE=htm.LICENSE
socket.io-client 4.8.4 7wjKAvVXYOJsbmUgkWbnhPD4bFpkqrUR0++XOjpGFmqDqsqV1CI93VTraeExLxpjxEqrWgFoSRZu1ihjLWfkAA== dist/socket.io.esm.min.js=socket.io.js LICENSE=socket.io.LICENSE
leaflet 1.9.4 nxS1ynzJOmOlHp+iL3FyWqK89GtNL8U8rvlMOsQdTTssxZwCXh8N2NB3GDQOL+YR3XnWyZAxwQixURb+FA74PA== dist/leaflet.js=leaflet.js dist/leaflet.css=leaflet.css LICENSE=leaflet.LICENSE
tus-js-client 4.3.1 ZLeYmjrkaU1fUsKbIi8JML52uAocjEZtBx4DKjRrqzrZa0O4MYwT6db+oqePlspV+FxXJAyFBc/L5gwUi2OFsg== dist/tus.min.js=tus.js LICENSE=tus.LICENSE
'

part=$(mktemp -d)
trap 'rm -rf "$part"' EXIT
mkdir -p "$there"
: >"$part/table"
printf '%s\n' "$libraries" | while read -r name version sum files; do
    [ -n "$name" ] || continue
    (cd "$part" && npm pack --silent --ignore-scripts "$name@$version" >/dev/null)
    package=$part/$name-$version.tgz
    got=$(openssl dgst -sha512 -binary "$package" | openssl base64 -A)
    [ "$got" = "$sum" ] || { echo "$name $version has the hash $got, wanted $sum" >&2; exit 1; }
    mkdir -p "$part/$name" && tar -xzf "$package" -C "$part/$name"
    licence=$(sed -n 's/^ *"license": *"\([^"]*\)".*/\1/p' "$part/$name/package/package.json" | head -n 1)
    echo "| $name | $version | $licence |" >>"$part/table"
    for pair in $files; do
        # Maps of sources are not kept, so nothing may point at them.
        sed 's|^//# sourceMappingURL=.*$||' "$part/$name/package/${pair%%=*}" >"$there/${pair#*=}"
    done
done
# Browsers know no bare names without a map of them, and a map would have to stand in the page.
sed -i 's|from"preact"|from"./preact.js"|' "$there/preact-hooks.js"
(cd "$there" && sha256sum -- *.js *.css *.LICENSE >SHA256SUMS)
{
    printf '# Libraries of the page\n\nBrought by `scripts/page_libraries.sh`, as npm has them but for two things: comments that point at maps of sources are\n'
    printf 'gone, and `preact-hooks.js` finds `preact.js` beside it. `SHA256SUMS` has what they are now.\n\n| library | version | licence |\n|---|---|---|\n'
    cat "$part/table"
} >"$there/README.md"
echo "page/vendor is as it should be"
