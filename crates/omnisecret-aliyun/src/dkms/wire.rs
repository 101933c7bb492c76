//! The messages of a KMS instance's own API, `dkms-gcs-0.2`, in proto3.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(super) struct GetSecretValueRequest {
    #[prost(string, tag = "1")]
    pub(super) secret_name: String,
    #[prost(string, tag = "2")]
    pub(super) version_stage: String,
    #[prost(string, tag = "3")]
    pub(super) version_id: String,
    #[prost(bool, tag = "4")]
    pub(super) fetch_extended_config: bool,
}

/// `Debug` is not derived: the data is the secret.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub(super) struct GetSecretValueResponse {
    #[prost(string, tag = "1")]
    pub(super) secret_name: String,
    #[prost(string, tag = "2")]
    pub(super) secret_type: String,
    #[prost(string, tag = "3")]
    pub(super) secret_data: String,
    #[prost(string, tag = "4")]
    pub(super) secret_data_type: String,
    #[prost(string, repeated, tag = "5")]
    pub(super) version_stages: Vec<String>,
    #[prost(string, tag = "6")]
    pub(super) version_id: String,
    #[prost(string, tag = "7")]
    pub(super) create_time: String,
    #[prost(string, tag = "8")]
    pub(super) request_id: String,
    #[prost(string, tag = "9")]
    pub(super) last_rotation_date: String,
    #[prost(string, tag = "10")]
    pub(super) next_rotation_date: String,
    #[prost(string, tag = "11")]
    pub(super) extended_config: String,
    #[prost(string, tag = "12")]
    pub(super) automatic_rotation: String,
    #[prost(string, tag = "13")]
    pub(super) rotation_interval: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Failure {
    #[prost(int32, tag = "1")]
    pub(super) status_code: i32,
    #[prost(string, tag = "2")]
    pub(super) error_code: String,
    #[prost(string, tag = "3")]
    pub(super) error_message: String,
    #[prost(string, tag = "4")]
    pub(super) request_id: String,
}
