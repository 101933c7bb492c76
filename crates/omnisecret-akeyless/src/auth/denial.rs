//! Why a request is not answered, and what it is told.

use axum::http::StatusCode;

use crate::ErrorFormat;

/// Why a request is not answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    NoHeader,
    /// Not three parts of base64.
    NotAToken,
    /// Its claims are not JSON.
    NoClaims,
    NoAccessId,
    DryRunToken,
    OtherAccount,
    OtherItem,
    /// Akeyless says that it belongs to this one.
    OtherAccessId(String),
    /// Akeyless does not say that it is good.
    Refused,
    /// Akeyless answers that it cannot now.
    Down,
    /// Akeyless does not answer.
    Unreachable,
}

impl Denial {
    /// Refused is 401; what may be good in a moment is 503. clearskies has 401 for all.
    pub(crate) fn status(&self, format: ErrorFormat) -> StatusCode {
        match self {
            Self::Down => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unreachable if format == ErrorFormat::Plain => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNAUTHORIZED,
        }
    }

    /// Only clearskies' forms quote anything: an access id, which is no secret.
    pub(crate) fn told(&self, format: ErrorFormat) -> String {
        let is_plain = format == ErrorFormat::Plain;
        let text = match self {
            Self::NoHeader => "Missing AkeylessCreds header",
            Self::NotAToken | Self::NoClaims if is_plain => "the AkeylessCreds header has no token",
            Self::NotAToken => "Failed to decode token: Invalid JWS Object [Invalid format]",
            // What Python's decoder says of a text that does not begin as JSON does.
            Self::NoClaims => "Failed to decode token: Expecting value: line 1 column 1 (char 0)",
            Self::NoAccessId => "Token payload missing access_id claim",
            Self::DryRunToken => "Dry-run access ID 'p-custom' is not allowed",
            Self::OtherAccount => "Token account is not authorized",
            Self::OtherItem => "Token item is not authorized",
            Self::OtherAccessId(id) if !is_plain => {
                return format!("Access ID '{id}' not in allowlist");
            }
            Self::OtherAccessId(_) => "Token gateway is not authorized",
            Self::Down | Self::Unreachable if is_plain => "credentials cannot be validated now",
            Self::Refused | Self::Down | Self::Unreachable => "Token validation failed",
        };
        text.to_owned()
    }

    /// For the log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::NoHeader => "no_header",
            Self::NotAToken | Self::NoClaims => "not_a_token",
            Self::NoAccessId => "no_access_id",
            Self::DryRunToken => "dry_run_token",
            Self::OtherAccount => "other_account",
            Self::OtherItem => "other_item",
            Self::OtherAccessId(_) => "other_access_id",
            Self::Refused => "refused",
            Self::Down => "validator_down",
            Self::Unreachable => "validator_unreachable",
        }
    }
}
