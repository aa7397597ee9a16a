#!/bin/sh
# The TLS benchmark: src/bench/tls/run.sh [rounds]
# Needs a JDK 17, Maven, openssl and nginx (Debian: nginx-light). Prints medians; README.md says what of.
set -eu
rounds=${1:-3}
here=$(cd "$(dirname "$0")" && pwd)
work=$(cd "$here/../../.." && pwd)/target/tls-bench
mkdir -p "$work/www/acct/c" "$work/classes"
cd "$work"

mvn -q -f "$here/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile="$work/classpath"
classpath=$(cat classpath)
javac -nowarn -cp "$classpath" -d classes "$here/TlsBench.java"

[ -f cert.pem ] || openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 30 -subj /CN=localhost \
  -addext "subjectAltName=IP:127.0.0.1,DNS:localhost" 2>/dev/null
rm -f trust.p12
keytool -importcert -noprompt -alias peer -file cert.pem -keystore trust.p12 -storetype PKCS12 -storepass changeit 2>/dev/null
head -c 4194304 /dev/urandom > www/acct/c/blob
cp "$here/nginx.conf" "$here/peer.conf" .
nginx -p "$work" -c "$work/nginx.conf" 2>/dev/null
trap 'kill "$(cat "$work/nginx.pid")"' EXIT
sleep 1

# bench JIT VARIANT PORT WARM SECONDS CASES LABEL: its lines go to the results, the label first.
bench() {
  java -Xmx512m -XX:TieredStopAtLevel="$1" -cp "$classpath:classes" TlsBench "$2" "https://localhost:$3" "$4" "$5" "$6" trust.p12 2>/dev/null |
    sed "s|^|$7 |" >> results
}

: > results
all=bare-get-1,bare-get-4,bare-put-1,bare-put-4,sdk-get-1,sdk-get-4,sdk-put-1,sdk-put-4
round=1
while [ "$round" -le "$rounds" ]; do
  for variant in okhttp-jdk okhttp-accp okhttp-accp-gcm okhttp-conscrypt-gcm okhttp-conscrypt-ssl netty; do
    bench 1 "$variant" 28443 1 2 "$all" "C1 1.3/AES-256"
  done
  for variant in okhttp-jdk okhttp-accp-gcm okhttp-conscrypt-ssl netty; do
    bench 4 "$variant" 28443 4 2 "$all" "C2 1.3/AES-256"
    bench 1 "$variant" 28444 1 2 sdk-get-1,sdk-put-1 "C1 1.3/AES-128"
    bench 1 "$variant" 28445 1 2 sdk-get-1,sdk-put-1 "C1 1.2/AES-256"
    bench 1 "$variant" 28446 1 2 sdk-get-1,sdk-put-1 "C1 1.2/AES-128"
  done
  round=$((round + 1))
done

echo "JIT TLS client case: MB/s, CPU seconds of the client per GiB; median of $rounds"
sort results | awk '
  function median(list, n,   i, j, v) {
    split(list, v, " ")
    for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j] + 0 < v[j - 1] + 0; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
    return v[int((n + 1) / 2)]
  }
  { key = $1 " " $2 " " $3 " " $4; rate[key] = rate[key] " " $5; cpu[key] = cpu[key] " " $6; n[key]++ }
  END { for (key in n) print key ": " median(rate[key], n[key]) ", " median(cpu[key], n[key]) " (" n[key] ")" }' | sort
for jit in 1 4; do
  echo "Checksums, TieredStopAtLevel=$jit:"
  java -XX:TieredStopAtLevel="$jit" -cp "$classpath:classes" TlsBench checksums
done
