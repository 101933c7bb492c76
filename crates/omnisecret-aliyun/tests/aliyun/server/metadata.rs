//! The metadata service of an instance.

use super::http::fault;
use super::{Reply, Request, State, verify};

const ROLES: &str = "/latest/meta-data/ram/security-credentials/";

/// How the service is set up.
#[derive(Default)]
pub(crate) struct Metadata {
    pub(crate) role: String,
    /// Whether requests with a token are known: version 2.
    pub(crate) has_v2: bool,
    /// Whether requests without a token are taken: version 1.
    pub(crate) has_v1: bool,
}

pub(super) fn answer(request: &Request, state: &mut State) -> Reply {
    let has_token = request.header("x-aliyun-ecs-metadata-token") == "a-metadata-token";
    let action = match (request.path(), has_token) {
        ("/latest/api/token", _) => "metadata-token",
        (ROLES, true) => "metadata-role-v2",
        (ROLES, false) => "metadata-role-v1",
        (_, true) => "metadata-v2",
        (_, false) => "metadata-v1",
    };
    let reply = fault(action, state).unwrap_or_else(|| reply(action, request, state));
    state.seen.push(verify::unsigned(action, reply.status()));
    reply
}

fn reply(action: &str, request: &Request, state: &mut State) -> Reply {
    let Metadata { role, has_v2, has_v1 } = &state.metadata;
    let is_taken = if action.ends_with("v1") { *has_v1 } else { *has_v2 };
    if role.is_empty() || !is_taken {
        return Reply::error(404, "NotFound");
    }
    match action {
        "metadata-token" => {
            assert_eq!(request.method, "PUT");
            assert_eq!(request.header("x-aliyun-ecs-metadata-token-ttl-seconds"), "21600");
            Reply::json("a-metadata-token")
        }
        "metadata-role-v1" | "metadata-role-v2" => Reply::json(role),
        _ if request.path().strip_prefix(ROLES) == Some(role) => {
            let credentials = state.give_role();
            Reply::json(credentials.replacen('{', "{\"Code\":\"Success\",", 1))
        }
        _ => Reply::error(404, "NotFound"),
    }
}
