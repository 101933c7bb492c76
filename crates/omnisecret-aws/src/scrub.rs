//! What is taken out of an answer before the SDK sees it: everything of an error but its name.
//!
//! The SDK keeps the text of an error and the id of a request, and logs both. An error may quote
//! what was sent, and what poses as the service may answer with anything.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::{Headers, StatusCode};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use crate::codes;

/// The headers of an answer, without an id of the request that is none.
pub(crate) fn headers(response: &mut HttpResponse) {
    for name in REQUEST_IDS {
        let is_none = |id: &str| !codes::is_request_id(id);
        if response.headers().get(name).is_some_and(is_none) {
            response.headers_mut().remove(name);
        }
    }
}

const REQUEST_IDS: [&str; 2] = ["x-amzn-requestid", "x-amz-request-id"];

/// An error with this body, told again: the same code, if it can be one, and of the message
/// whether it says that the secret was deleted.
pub(crate) fn error(status: StatusCode, sent: &Headers, body: &[u8]) -> HttpResponse {
    let is_xml = body.trim_ascii_start().starts_with(b"<");
    let (code, message) = if is_xml { of_xml(body) } else { of_json(body) };
    let code = sent.get("x-amzn-errortype").map(str::to_owned).or(code).unwrap_or_default();
    let code = codes::name(&code);
    let message = message.filter(|message| codes::says_deleted(message)).map(|_| codes::DELETED);
    let body = if is_xml {
        format!(
            "<ErrorResponse><Error><Code>{code}</Code><Message>{}</Message></Error>\
             </ErrorResponse>",
            message.unwrap_or_default()
        )
    } else {
        json!({"__type": code, "message": message}).to_string()
    };
    let mut told = HttpResponse::new(status, SdkBody::from(body));
    let kept = [REQUEST_IDS[0], REQUEST_IDS[1], "retry-after", "date"];
    for name in kept {
        if let Some(value) = sent.get(name).filter(|value| is_plain(value)) {
            told.headers_mut().insert(name, value.to_owned());
        }
    }
    headers(&mut told);
    told
}

fn of_json(body: &[u8]) -> (Option<String>, Option<String>) {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |names: [&str; 2]| {
        names.iter().find_map(|name| body.get(name)?.as_str().map(str::to_owned))
    };
    (text(["__type", "code"]), text(["message", "Message"]))
}

/// As much XML as an error of STS is.
fn of_xml(body: &[u8]) -> (Option<String>, Option<String>) {
    let body = String::from_utf8_lossy(body);
    let element = |name: &str| {
        let (_, rest) = body.split_once(&format!("<{name}>"))?;
        Some(rest.split_once(&format!("</{name}>"))?.0.to_owned())
    };
    (element("Code"), element("Message"))
}

/// A date, a number of seconds, an id: short, and of no more than these characters.
fn is_plain(value: &str) -> bool {
    value.len() <= 40
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" ,:-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sent: &[(&'static str, &str)], body: &str) -> (Vec<String>, String) {
        let mut headers = Headers::new();
        for (name, value) in sent {
            headers.insert(*name, (*value).to_owned());
        }
        let status = StatusCode::try_from(400).unwrap();
        let told = error(status, &headers, body.as_bytes());
        let headers = told.headers().iter().map(|(name, value)| format!("{name}: {value}"));
        let body = String::from_utf8(told.body().bytes().unwrap().to_vec()).unwrap();
        (headers.collect(), body)
    }

    #[test]
    fn a_code_an_id_and_a_wait_are_kept() {
        let id = "6b1f9e0a-3c2d-4b5e-8f70-91a2b3c4d5e6";
        let sent = [("x-amzn-requestid", id), ("retry-after", "7"), ("server", "x")];
        let (headers, body) = told(&sent, r#"{"__type":"a.b#ThrottlingException","message":"m"}"#);
        assert_eq!(headers, [format!("x-amzn-requestid: {id}"), "retry-after: 7".to_owned()]);
        assert_eq!(body, r#"{"__type":"ThrottlingException","message":null}"#);
        let (_, body) = told(&[("x-amzn-errortype", "SlowDown:http://x/")], "");
        assert_eq!(body, r#"{"__type":"SlowDown","message":null}"#);
    }

    #[test]
    fn that_a_secret_was_deleted_is_told_in_our_words() {
        let body = r#"{"__type":"InvalidRequestException","Message":"x Was Deleted, hunter2"}"#;
        let (_, body) = told(&[], body);
        assert_eq!(body, r#"{"__type":"InvalidRequestException","message":"marked for deletion"}"#);
    }

    #[test]
    fn whatever_else_is_there_goes() {
        let sent = [("x-amzn-requestid", "hunter2"), ("retry-after", "hunter2/")];
        for body in [
            r#"{"__type":"hunter2","message":"hunter2"}"#,
            r#"{"hunter2":"#,
            "hunter2",
            "<html>hunter2</html>",
            "<Code>hunter2</Code><Message>hunter2</Message>",
        ] {
            let (headers, told) = told(&sent, body);
            assert_eq!(headers, Vec::<String>::new());
            assert!(!told.contains("hunter2"), "{told}");
        }
    }
}
