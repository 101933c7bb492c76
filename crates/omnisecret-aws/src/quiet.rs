//! No body in a log, whatever the operation.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::SensitiveOutput;
use aws_smithy_types::config_bag::ConfigBag;

/// Marks every answer as sensitive, the errors of operations without a secret in their answer
/// among them: at the level of traces the SDK prints all others.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Quiet;

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Quiet {
    fn name(&self) -> &'static str {
        "Quiet"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(SensitiveOutput);
        Ok(())
    }
}
