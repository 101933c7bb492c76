payload="{\"api_url\": \"$VENDOR\", \"id\": \"key-0\", \"key\": \"the-administrators\"}"
ask() {
    jq -cn --arg payload "$payload" "{payload: \$payload} + $2" |
        curl -sS --fail-with-body --data-binary @- "http://127.0.0.1:$PORT/sync/$1"
}

ask create '{client_info: {access_id: "p-custom"}}'   # a dry run: nothing is created
created=$(ask create '{client_info: {access_id: "p-user"}}')
echo "$created"
ask revoke "{ids: [$(jq .id <<< "$created")]}"
payload=$(ask rotate '{}' | jq -r .payload)           # what Akeyless stores from now on
echo "$payload"
ask create '{}'
