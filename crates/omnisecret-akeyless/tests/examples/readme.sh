# The http-api example listens on $PORT; its vendor is at $VENDOR.
payload="{\"api_url\": \"$VENDOR\", \"id\": \"key-0\", \"key\": \"the administrator's\"}"
ask() { jq -n --arg payload "$payload" "{payload: \$payload} + $2" | curl -sS --fail-with-body --data-binary @- "http://127.0.0.1:$PORT/sync/$1"; }
