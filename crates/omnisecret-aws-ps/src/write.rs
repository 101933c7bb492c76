//! Replacing a parameter's value, and nothing else of it or of any other.

use aws_sdk_ssm::types::{ParameterInlinePolicy, ParameterMetadata, ParameterType};
use omnisecret_core::{Error, ErrorKind, Result, SecretMeta, SecretValue, UpdateOptions};

use crate::below::{Pages, describe, filter};
use crate::provider::Inner;
use crate::read::{meta, not_found};

/// PutParameter on exactly this name, with all else as DescribeParameters tells it: what is not
/// sent again is not kept.
///
/// Parameter Store has no token that would make a second PutParameter the same as the first.
pub(crate) async fn update(
    inner: &Inner,
    name: &str,
    value: &SecretValue,
    options: &UpdateOptions,
) -> Result<SecretMeta> {
    let value = value.expose_str()?;
    if value.is_empty() {
        return Err(Error::new(ErrorKind::InvalidValue, "Parameter Store keeps no empty value"));
    }
    let written = match find(inner, name).await? {
        Some(known) => replace(inner, name, value, known).await,
        None if options.create_missing => create(inner, name, value).await,
        None => return Err(not_found()),
    };
    written.map_err(of_value)
}

/// The parameter of this name and no other: the filter is exact, and what it lets through is
/// looked at again.
async fn find(inner: &Inner, name: &str) -> Result<Option<ParameterMetadata>> {
    let filter = filter("Name", "Equals", name.to_owned())?;
    let mut pages = Pages::default();
    loop {
        let (found, next) = describe(inner, Some(filter.clone()), &pages).await?;
        let it = found.into_iter().find(|it| it.name() == Some(name));
        if it.is_some() || !pages.turn(next)? {
            return Ok(it);
        }
    }
}

async fn replace(
    inner: &Inner,
    name: &str,
    value: &str,
    known: ParameterMetadata,
) -> Result<SecretMeta> {
    let policies = policies(known.policies());
    let answer = inner
        .session
        .call(|ssm| {
            ssm.put_parameter()
                .name(name)
                .value(value)
                .overwrite(true)
                .set_type(known.r#type.clone())
                .set_key_id(known.key_id.clone())
                .set_tier(known.tier.clone())
                .set_description(known.description.clone())
                .set_data_type(known.data_type.clone())
                .set_allowed_pattern(known.allowed_pattern.clone())
                .set_policies(policies.clone())
                .send()
        })
        .await?;
    Ok(meta(known.arn, answer.version, None))
}

/// A new one is encrypted, under the account's own key for parameters. One that has come into being
/// meanwhile is left as it is.
async fn create(inner: &Inner, name: &str, value: &str) -> Result<SecretMeta> {
    let answer = inner
        .session
        .call(|ssm| {
            ssm.put_parameter()
                .name(name)
                .value(value)
                .overwrite(false)
                .r#type(ParameterType::SecureString)
                .send()
        })
        .await?;
    Ok(meta(None, answer.version, None))
}

/// As PutParameter takes them: one JSON array of what DescribeParameters gives one by one.
fn policies(known: &[ParameterInlinePolicy]) -> Option<String> {
    let texts: Vec<_> = known.iter().filter_map(ParameterInlinePolicy::policy_text).collect();
    (!texts.is_empty()).then(|| format!("[{}]", texts.join(",")))
}

/// What the service calls invalid in a write is the value: the name was found.
fn of_value(error: Error) -> Error {
    match error.kind() {
        ErrorKind::InvalidPath => Error::new(ErrorKind::InvalidValue, error.message().to_owned())
            .with_action(
                "check the value's length: 4 KB in the standard tier, 8 KB in the advanced one",
            ),
        _ => error,
    }
}
