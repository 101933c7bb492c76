//! The modes of the transcripts, each as a producer of this crate.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::any;
use omnisecret_akeyless::{
    AkeylessCreds, App, ErrorFormat, OldCredential, Operations, Producer, ProducerBuilder, Schema,
};

use super::calls::Calls;
use super::{Arguments, callables, edges, returned};

/// One mode of one generation.
pub(crate) struct Mode {
    arguments: Arguments,
    calls: Calls,
    is_v2: bool,
}

impl Mode {
    pub(crate) fn new(arguments: Arguments, calls: Calls) -> Result<Self, String> {
        let is_v2 = match &*arguments.group {
            group if group.starts_with("v1") => false,
            group if group.starts_with("v2") => true,
            group => return Err(format!("no group {group:?}: v1.1.3 or v2.0.11")),
        };
        Ok(Self { arguments, calls, is_v2 })
    }

    pub(crate) fn app(&self) -> Result<App, String> {
        let mut app = App::new().error_format(self.format());
        if self.arguments.mode == "endpoint_group" {
            let one = self.build(self.producer(self.default()).base_path("/one"))?;
            let two = callables::rotate(Operations::new(), &self.calls);
            app = app.producer(one).producer(self.build(self.producer(two).base_path("/two"))?);
            // A group of theirs has a text of its own for this.
            let format = self.format();
            let missing = async move || format.response(StatusCode::NOT_FOUND, "Not Found");
            let missing = Router::new().route("/", any(missing)).route("/{*path}", any(missing));
            return Ok(app.routes(missing));
        }
        let builder = match &*self.arguments.mode {
            "base_url" | "url" => self.producer(self.default()).base_path("/vendor/"),
            "renamed" => {
                let builder = self.producer(self.default());
                builder.create_path("/make/").revoke_path("kill").rotate_path("spin")
            }
            "akeyless_auth" => {
                let builder = Producer::builder().operations(self.default());
                builder.error_format(self.format()).creds(self.creds())
            }
            mode => self.producer(self.operations(mode)?),
        };
        Ok(app.producer(self.build(builder)?))
    }

    fn operations(&self, mode: &str) -> Result<Operations, String> {
        let Self { calls, is_v2, .. } = self;
        let none = Operations::new();
        let pair = || callables::revoke(callables::create(Operations::new(), calls), calls);
        let with_input = || {
            let revoked = callables::revoke(before_the_answer(Operations::new()), calls);
            let revoked = revoked.id_field("key");
            if *is_v2 {
                callables::create_with_input_v2(revoked, calls)
            } else {
                callables::create_with_input_v1(revoked, calls)
            }
        };
        let payload = || Schema::new().required("key").required("secret");
        let input = || Schema::new().required("scope");
        Ok(match mode {
            "default" => self.default(),
            "no_revoke" | "readme_no_revoke_without_id_column_name" | "v1_option_can_revoke" => {
                callables::create(none, calls).no_revoke()
            }
            "custom_rotation" => callables::rotate(pair().id_field("key"), calls),
            "no_rotation" => pair().id_field("key").no_rotation(),
            "rotate_only" => callables::rotate(none, calls),
            "schema" => self.default().payload_schema(payload()),
            "with_input" => with_input(),
            "with_input_schema" => with_input().input_schema(input()).check_input_of_dry_runs(),
            "with_input_both_schemas" => {
                let checked = with_input().input_schema(input()).check_input_of_dry_runs();
                checked.payload_schema(payload())
            }
            "callable_raises" => {
                let case = &self.arguments.case;
                let operations = returned::raising(case, calls)?;
                let by_creating = case.starts_with("rotate_") || case.starts_with("revoke_");
                if by_creating { before_the_answer(operations) } else { operations }
            }
            "callable_returns" => {
                let operations = returned::returning(&self.arguments.case, calls)?;
                let by_creating = self.arguments.case.starts_with("rotate_default");
                if by_creating { before_the_answer(operations) } else { operations }
            }
            "rotate_edge" => before_the_answer(edges::rotate_edge(calls, *is_v2)),
            "with_input_edge" => edges::with_input_edge(calls),
            // What the originals accept, or refuse, and ours refuses with the reason.
            "nothing" | "nothing_configured" => none,
            "no_create_callable" => callables::revoke(none, calls).id_field("key"),
            "id_column_only" => none.id_field("key"),
            "revoke_without_id_column_name" | "missing_id_column_name" => pair(),
            "rotate_callable_with_can_rotate_false" => {
                callables::rotate(pair().id_field("key"), calls).no_rotation()
            }
            "no_revoke_callable"
            | "no_revoke_callable_can_revoke_true"
            | "accepted_misconfiguration_no_revoke_callable"
            | "id_column_without_revoke_callable" => callables::create(none, calls).id_field("key"),
            "create_not_callable"
            | "revoke_not_callable"
            | "rotate_not_callable"
            | "unknown_option" => {
                return Err(format!("{mode} is a mistake that does not compile here"));
            }
            _ => return Err(format!("no mode {mode:?}")),
        })
    }

    fn default(&self) -> Operations {
        let created = callables::create(Operations::new(), &self.calls);
        before_the_answer(callables::revoke(created, &self.calls)).id_field("key")
    }

    fn producer(&self, operations: Operations) -> ProducerBuilder {
        let builder = Producer::builder().operations(operations).without_authentication();
        builder.error_format(self.format())
    }

    fn build(&self, builder: ProducerBuilder) -> Result<Producer, String> {
        let mode = &self.arguments.mode;
        builder.build().map_err(|error| format!("mode {mode}: {}", error.message()))
    }

    fn format(&self) -> ErrorFormat {
        if self.is_v2 { ErrorFormat::ClearskiesV2 } else { ErrorFormat::ClearskiesV1 }
    }

    /// The rules of the recorded cases. Nothing is kept, so that each case asks the validator.
    fn creds(&self) -> AkeylessCreds {
        let nobody = "http://127.0.0.1:9".to_owned();
        let mut validator = self.arguments.validator.clone().unwrap_or(nobody);
        if validator.matches('/').count() < 3 || validator.ends_with('/') {
            validator =
                format!("{}/validate-producer-credentials", validator.trim_end_matches('/'));
        }
        let creds =
            AkeylessCreds::of_gateways(["p-gw"]).validate_url(validator).cache_for(Duration::ZERO);
        match &*self.arguments.case {
            "dry_run_disallowed" => creds,
            "validator_unreachable" | "no_item_name" => creds.accept_dry_run_tokens(),
            case if case.starts_with("allowlist_") => creds.accept_dry_run_tokens(),
            case if case.starts_with("account_") => creds.account("acc-1"),
            _ => creds.item("/my-producer"),
        }
    }
}

/// The calls are read when the answer is there.
fn before_the_answer(operations: Operations) -> Operations {
    operations.old_credential(OldCredential::RevokedBeforeTheAnswer)
}
