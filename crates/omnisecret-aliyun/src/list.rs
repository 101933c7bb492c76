//! The names below a prefix: all pages of ListSecrets.

use std::collections::BTreeSet;
use std::sync::Arc;

use omnisecret_core::{Error, ErrorKind, ListOptions, Result, is_below, is_directly_below};

use crate::client::Managing;
use crate::provider::Inner;

/// The largest page there is.
const PAGE_SIZE: usize = 100;

/// The most pages that are read: 100,000 secrets.
const MAX_PAGES: usize = 1000;

impl Inner {
    /// The names, sorted. The service cannot be asked for a prefix, so all pages are read.
    pub(crate) async fn names_below(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<Vec<String>> {
        let filters: Option<Arc<str>> = self.settings.filters.as_deref().map(Into::into);
        let names = self.client.read(|gateway| all_names(gateway, filters.clone())).await?;
        let separators = self.info.separators();
        let is_wanted = if options.recursive { is_below } else { is_directly_below };
        Ok(names.into_iter().filter(|name| is_wanted(name, prefix, separators)).collect())
    }
}

/// Every name of one gateway. Pages have numbers, so one that moves while they are read may be
/// missed; none is given twice.
async fn all_names(gateway: Managing, filters: Option<Arc<str>>) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let mut seen = 0;
    for number in 1..=MAX_PAGES {
        let page = gateway.open_api()?.list_secrets(number, PAGE_SIZE, filters.as_deref()).await?;
        let secrets = page.secret_list.secret;
        seen += secrets.len();
        let is_last = secrets.len() < PAGE_SIZE || seen == page.total_count;
        // One that is scheduled for deletion cannot be read.
        let live = secrets.into_iter().filter(|secret| secret.is_live());
        names.extend(live.map(|secret| secret.secret_name));
        if is_last {
            return Ok(names);
        }
    }
    Err(Error::new(ErrorKind::Unsupported, "there are more than 100000 secrets")
        .with_action("narrow the listing with a filter of tags"))
}
