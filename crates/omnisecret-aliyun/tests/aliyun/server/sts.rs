//! Roles, and logins of the CLI.

use super::{Reply, Request, Seen, State};

pub(super) fn answer(call: &Seen, state: &mut State) -> Reply {
    let p = &call.parameters;
    let has = |name: &str| p.get(name).is_some_and(|value| !value.is_empty());
    if !has("RoleArn") || !has("RoleSessionName") {
        return Reply::error(400, "MissingParameter");
    }
    if call.action == "AssumeRoleWithOIDC" && p.get("OIDCToken") != Some(&state.oidc_token) {
        return Reply::error(400, "AuthenticationFail.OIDCToken.Invalid");
    }
    let credentials = state.give_role();
    Reply::json(format!("{{\"RequestId\":\"1\",\"Credentials\":{credentials}}}"))
}

pub(super) fn login(request: &Request, state: &mut State) -> String {
    assert_eq!(request.method, "POST");
    if request.header("authorization") != "Bearer a-login-token" {
        return "{\"error\":\"invalid_token\"}".to_owned();
    }
    let credentials = state.give_role();
    if request.path() == "/v1/exchange" {
        return credentials;
    }
    let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
    assert_eq!(body["AccountId"], "123");
    assert_eq!(body["AccessConfigurationId"], "ac-1");
    format!("{{\"CloudCredential\":{credentials},\"RequestId\":\"1\"}}")
}
