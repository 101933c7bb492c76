//! Whether a request comes from the gateway that it is for.

mod cache;
mod denial;
mod token;
mod validator;

use std::fmt;
use std::time::Duration;

use axum::http::HeaderMap;
use omnisecret_core::{Error, ErrorKind};
use subtle::ConstantTimeEq;

pub(crate) use denial::Denial;

use crate::context::Caller;
use crate::request::DRY_RUN_ACCESS_ID;
use cache::Cache;
use token::{MAX_TOKEN_BYTES, Token};
use validator::Validator;

/// The header that has the gateway's credentials: a token that Akeyless has signed.
pub(crate) const HEADER: &str = "akeylesscreds";

/// Which gateways may ask: their credentials are checked with Akeyless on every request.
///
/// A request is answered if Akeyless says that its `AkeylessCreds` header belongs to one of these
/// gateways, and the token is of the item and the account that are set. All else is refused,
/// and so is everything while Akeyless cannot be asked. A positive answer is kept for half a
/// minute, and never past the token's own end.
///
/// # Security
/// The credentials do not cover the body: use TLS. Name the item or its folder where the producer
/// has rights of its own, because everybody who may make an item in Akeyless chooses its payload.
///
/// ```
/// use omnisecret_akeyless::AkeylessCreds;
///
/// let creds = AkeylessCreds::of_gateways(["p-1234abcd"]).item("/prod/my-producer");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct AkeylessCreds {
    access_ids: Vec<String>,
    item: Item,
    account: Option<String>,
    validate_url: String,
    timeout: Duration,
    cache_for: Duration,
    dry_run_tokens: bool,
}

#[derive(Clone, Debug)]
enum Item {
    Any,
    Named(String),
    Below(String),
}

impl AkeylessCreds {
    /// Those of the gateways with these access ids, `p-..`: the gateway's own, not the users'.
    pub fn of_gateways(access_ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            access_ids: access_ids.into_iter().map(Into::into).collect(),
            item: Item::Any,
            account: None,
            validate_url: "https://auth.akeyless.io/validate-producer-credentials".to_owned(),
            timeout: Duration::from_secs(5),
            cache_for: Duration::from_secs(30),
            dry_run_tokens: false,
        }
    }

    /// For this item alone, by its full name: `/prod/my-producer`.
    pub fn item(mut self, name: impl Into<String>) -> Self {
        self.item = Item::Named(name.into());
        self
    }

    /// For the items of this folder and of those below it: `/prod`.
    pub fn items_below(mut self, folder: impl Into<String>) -> Self {
        self.item = Item::Below(folder.into());
        self
    }

    /// Of this Akeyless account alone.
    pub fn account(mut self, id: impl Into<String>) -> Self {
        self.account = Some(id.into());
        self
    }

    /// Where to ask, for who has Akeyless under an address of its own.
    pub fn validate_url(mut self, url: impl Into<String>) -> Self {
        self.validate_url = url.into();
        self
    }

    /// How long an answer of Akeyless may take, 5 seconds unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long a positive answer is kept, 30 seconds unless set; less than a minute.
    pub fn cache_for(mut self, duration: Duration) -> Self {
        self.cache_for = duration;
        self
    }

    /// Takes credentials of the access id `p-custom` for those of a dry run, as the Python package
    /// does, though Akeyless signs dry runs with the gateway's own. Such a request is never
    /// executed.
    pub fn accept_dry_run_tokens(mut self) -> Self {
        self.dry_run_tokens = true;
        self
    }

    /// # Errors
    /// [`ErrorKind::InvalidConfig`], which says what is wrong.
    pub(crate) fn build(self) -> omnisecret_core::Result<Authenticator> {
        let fault = |message| Err(Error::new(ErrorKind::InvalidConfig, message));
        if self.access_ids.is_empty() || self.access_ids.iter().any(String::is_empty) {
            return fault("no access id of a gateway: whose requests are to be answered?");
        }
        if self.cache_for >= Duration::from_secs(60) {
            return fault("credentials may be taken for good for less than a minute only");
        }
        if self.timeout.is_zero() {
            return fault("no time for the validation of credentials");
        }
        let rooted = match &self.item {
            Item::Any => true,
            Item::Named(name) => name.starts_with('/'),
            Item::Below(folder) => folder.starts_with('/'),
        };
        if !rooted {
            return fault("the name of an item or a folder begins with a slash");
        }
        let validator = Validator::new(&self.validate_url, self.timeout)?;
        Ok(Authenticator { cache: Cache::new(self.cache_for), validator, rules: self })
    }
}

/// The rules, and what it takes to apply them.
pub(crate) struct Authenticator {
    rules: AkeylessCreds,
    validator: Validator,
    cache: Cache,
}

impl Authenticator {
    /// # Errors
    /// Why the request is not answered.
    pub(crate) async fn check(&self, headers: &HeaderMap) -> Result<Caller, Denial> {
        let header = headers.get(HEADER).filter(|value| !value.is_empty());
        let header = header.ok_or(Denial::NoHeader)?.as_bytes();
        if header.len() > MAX_TOKEN_BYTES {
            return Err(Denial::NotAToken);
        }
        let key = Cache::key(header);
        if let Some(caller) = self.cache.get(&key) {
            return Ok(caller);
        }
        let token = Token::parse(header)?;
        self.check_account(&token)?;
        let expected = self.expected_access_id(&token)?;
        let item = match &self.rules.item {
            Item::Named(name) => Some(&**name),
            _ => None,
        };
        let answer = self.validator.ask(&token, expected, item).await?;
        if !same(&answer.access_id, expected) {
            // Never for a dry run: that one is asked for by its own name.
            return Err(Denial::OtherAccessId(answer.access_id));
        }
        self.check_item(&token)?;
        let caller = Caller {
            dry_run: expected == DRY_RUN_ACCESS_ID,
            access_id: Some(answer.access_id),
            item_name: token.item_name().map(str::to_owned),
            sub_claims: answer.sub_claims,
        };
        self.cache.put(key, &caller, token.expires());
        Ok(caller)
    }

    fn check_account(&self, token: &Token) -> Result<(), Denial> {
        let Some(expected) = &self.rules.account else { return Ok(()) };
        let is_ours = token.account_id().is_some_and(|account| same(account, expected));
        if is_ours { Ok(()) } else { Err(Denial::OtherAccount) }
    }

    /// The configured id that Akeyless is asked about. The token only chooses among them.
    fn expected_access_id(&self, token: &Token) -> Result<&str, Denial> {
        let claimed = token.access_id();
        if same(claimed, DRY_RUN_ACCESS_ID) {
            let accepted = self.rules.dry_run_tokens;
            return if accepted { Ok(DRY_RUN_ACCESS_ID) } else { Err(Denial::DryRunToken) };
        }
        let ids = &self.rules.access_ids;
        let id = ids.iter().find(|id| same(id, claimed)).or(ids.first());
        id.map(String::as_str).ok_or(Denial::Refused)
    }

    /// What Akeyless has not been asked about; the token is known to be good by now.
    fn check_item(&self, token: &Token) -> Result<(), Denial> {
        let Item::Below(folder) = &self.rules.item else { return Ok(()) };
        let is_below = token.item_name().is_some_and(|name| {
            let folder = folder.trim_end_matches('/');
            name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        });
        if is_below { Ok(()) } else { Err(Denial::OtherItem) }
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").field("rules", &self.rules).finish_non_exhaustive()
    }
}

/// Compares in a time that does not depend on where they differ.
fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}
