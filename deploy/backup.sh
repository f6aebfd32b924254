#!/bin/sh
# Backs renkedu up, encrypted to a public key, and lets old backups expire.
#
#   backup.sh AGE-RECIPIENT DIRECTORY [DAYS]
#
# AGE-RECIPIENT is the public half of a key made elsewhere (age-keygen): this machine can write
# backups and read none. Whoever holds a backup of the field and the round's key can tie an answer
# to a card; so the key of the backups belongs to another person than the round's key, and backups
# made before an opening go when DAYS (14) are over. RENKEDU_HOME and RENKEDU_DATABASE_URL are those
# of the site. To read one: age --decrypt -i key.txt FILE | tar x
set -eu
umask 077
recipient=$1
directory=$2
days=${3:-14}
home=${RENKEDU_HOME:-instance}
url=${RENKEDU_DATABASE_URL:-sqlite:///$home/renkedu.db}

# In memory: what is not encrypted yet never lies on a disk.
work=$(mktemp -d /dev/shm/renkedu-backup.XXXXXX)
trap 'rm -rf "$work"' EXIT INT TERM

case $url in
sqlite:///*)
    # The database is copied whole and consistent while the site goes on writing.
    "${PYTHON:-python3}" - "${url#sqlite:///}" "$work/renkedu.db" <<'PYTHON'
import sqlite3
import sys

source = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
with sqlite3.connect(sys.argv[2]) as copy:
    source.backup(copy, pages=2000, sleep=0.01)
PYTHON
    ;;
*)
    pg_dump --format=custom --file="$work/renkedu.dump" \
        "$(printf %s "$url" | sed 's/^postgresql+psycopg:/postgresql:/')"
    ;;
esac
cp "$home/secrets.json" "$work/secrets.json"

mkdir -p "$directory"
name=renkedu-$(date -u +%Y%m%dT%H%M%SZ).tar.age
tar c -C "$work" . | age --recipient "$recipient" >"$directory/.$name"
mv "$directory/.$name" "$directory/$name"
find "$directory" -name 'renkedu-*.tar.age' -mtime "+$days" -delete
echo "$directory/$name"
