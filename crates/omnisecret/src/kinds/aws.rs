//! `aws.ps` and `aws.sm`: the settings that both have, and the provider that each makes of them.

use std::path::PathBuf;
use std::sync::Arc;

use omnisecret_aws::{Identity, Role, Settings};

use super::{Made, Make, Owner, Question, Surroundings, with};
use crate::config::Section;
use crate::stack::Layers;

/// The settings of both kinds, as the file has them.
struct Aws {
    region: Option<String>,
    profile: Option<String>,
    endpoint_url: Option<String>,
    sts_endpoint_url: Option<String>,
    ca_file: Option<PathBuf>,
    account_id: Option<String>,
    principal: Option<String>,
    roles: Vec<Role>,
}

#[cfg(feature = "aws-ps")]
pub(super) fn ps(section: &mut Section<'_>, layers: &mut Layers) -> Make {
    let aws = Aws::parse(section, layers);
    Box::new(move |around, layers| {
        let settings = aws.settings(around, layers);
        let owner = owner(settings.identity("ssm"));
        let provider = omnisecret_aws_ps::ParameterStore::new(settings)?;
        Ok(Made { provider: Arc::new(provider), owner })
    })
}

#[cfg(feature = "aws-sm")]
pub(super) fn sm(section: &mut Section<'_>, layers: &mut Layers) -> Make {
    let aws = Aws::parse(section, layers);
    let describe = section.if_named("describe", Section::boolean).unwrap_or(false);
    Box::new(move |around, layers| {
        let settings = aws.settings(around, layers);
        let owner = owner(settings.identity("secrets_manager"));
        let provider = omnisecret_aws_sm::SecretsManager::new(settings)?.with_describe(describe);
        Ok(Made { provider: Arc::new(provider), owner })
    })
}

fn owner(identity: Identity) -> Owner {
    let Identity { account, region, endpoint, principals, .. } = identity;
    Owner::Account { account, region, endpoint, principals }
}

impl Aws {
    fn parse(section: &mut Section<'_>, layers: &mut Layers) -> Self {
        Self {
            region: section.open_text("region"),
            profile: section.text("profile"),
            endpoint_url: section.text("endpoint_url"),
            sts_endpoint_url: section.text("sts_endpoint_url"),
            ca_file: section.if_named("ca_file", Section::path),
            account_id: section.text("account_id"),
            principal: section.text("principal"),
            roles: roles(section, layers),
        }
    }

    fn settings(&self, around: &Surroundings, layers: &Layers) -> Settings {
        let mut settings = Settings::from_env_with(|name| around.variable(name));
        settings = with(settings, self.region.as_ref(), Settings::region);
        settings = with(settings, self.profile.as_ref(), Settings::profile);
        settings = with(settings, self.endpoint_url.as_ref(), Settings::endpoint_url);
        settings = with(settings, self.sts_endpoint_url.as_ref(), Settings::sts_endpoint_url);
        settings = with(settings, self.account_id.as_ref(), Settings::account_id);
        settings = with(settings, self.principal.as_ref(), Settings::principal);
        if let Some(file) = &self.ca_file {
            settings = settings.ca_file(file);
        }
        if let Some(attempt) = layers.attempt {
            settings = settings.request_timeout(attempt);
        }
        if let Some(prompt) = &around.prompt {
            let prompt = Arc::clone(prompt);
            settings = settings.mfa_token(move |serial| prompt(Question::MfaToken(serial)));
        }
        self.roles.iter().cloned().fold(settings, Settings::role)
    }
}

/// The role, and those that are assumed from it one after the other.
fn roles(section: &mut Section<'_>, layers: &mut Layers) -> Vec<Role> {
    let mut roles: Vec<_> = role(section, layers).into_iter().collect();
    for mut link in section.if_named("role_chain", Section::subsections).unwrap_or_default() {
        match role(&mut link, layers) {
            Some(role) => roles.push(role),
            None if !link.has("role_arn") => link.fault("has no role_arn".to_owned()),
            None => {}
        }
        link.finish();
    }
    roles
}

/// The role of a table, if it names one.
fn role(section: &mut Section<'_>, layers: &mut Layers) -> Option<Role> {
    let Some(arn) = section.text("role_arn") else {
        for key in ARGUMENTS {
            section.refuse(key, "is an argument of a role, and there is no role_arn");
        }
        return None;
    };
    if section.has("mfa_serial") {
        // Whoever looks for the digits takes longer than a request may.
        layers.attempt = None;
    }
    let mut role = Role::new(arn);
    role = with(role, section.text("session_name"), Role::session_name);
    role = with(role, section.text("external_id"), Role::external_id);
    role = with(role, section.if_named("duration", Section::duration), Role::duration);
    role = with(role, section.text("policy"), Role::policy);
    role = with(role, section.text("source_identity"), Role::source_identity);
    role = with(role, section.text("mfa_serial"), Role::mfa_serial);
    role = with(role, section.text("sts_region"), Role::sts_region);
    let policies = section.if_named("policy_arns", Section::texts).unwrap_or_default();
    role = policies.into_iter().fold(role, Role::policy_arn);
    let tags = section.if_named("tags", Section::pairs).unwrap_or_default();
    role = tags.into_iter().fold(role, |role, (key, value)| role.tag(key, value));
    let transitive = section.if_named("transitive_tags", Section::texts).unwrap_or_default();
    Some(transitive.into_iter().fold(role, Role::transitive_tag))
}

/// What says how a role is assumed.
const ARGUMENTS: [&str; 10] = [
    "session_name",
    "external_id",
    "duration",
    "policy",
    "policy_arns",
    "tags",
    "transitive_tags",
    "source_identity",
    "mfa_serial",
    "sts_region",
];
