//! What a secret leaves in the memory of the process, in a process of its own.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use omnisecret_acct::{Acct, CryptoPlugin};
use omnisecret_core::{SecretProvider, SecretValue, UpdateOptions};

/// Longer than what a cipher leaves on its stack, which is up to 64 blocks of 16 bytes.
const LENGTH: usize = 4096;

/// What an allocator may write over at the start of a block that it has been given back.
const OVERWRITTEN: usize = 32;

/// The canary's byte at this place. It is never written down as a whole but where a test puts it.
fn byte(at: usize) -> u8 {
    b'a' + (at.wrapping_mul(2_654_435_761) >> 8) as u8 % 26
}

fn canary() -> SecretValue {
    let mut text = String::with_capacity(LENGTH);
    text.extend((0..LENGTH).map(|at| char::from(byte(at))));
    SecretValue::text(text)
}

/// How many copies of the canary are in memory that this process can write to.
fn copies() -> usize {
    let memory = File::open("/proc/self/mem").unwrap();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut count = 0;
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let [start, end] = [start, end].map(|text| u64::from_str_radix(text, 16).unwrap());
        let mut bytes = vec![0; (end - start) as usize];
        if memory.read_exact_at(&mut bytes, start).is_ok() {
            let is_canary = |window: &&[u8]| {
                window.iter().zip(OVERWRITTEN..).all(|(found, at)| *found == byte(at))
            };
            count += bytes.windows(LENGTH - OVERWRITTEN).filter(is_canary).count();
        }
        // So that what was found here is not found again.
        bytes.fill(0);
    }
    count
}

#[tokio::test]
async fn no_copy_outlives_the_last_handle() {
    let create = UpdateOptions::default().with_create_missing(true);
    for plugin in CryptoPlugin::ALL {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("own");
        let empty =
            format!("{}/tests/data/enc/empty_map.yml.862.{plugin}", env!("CARGO_MANIFEST_DIR"));
        fs::copy(empty, &file).unwrap();
        let key = match plugin {
            CryptoPlugin::Fernet => "K2CQ7evdP-bUe2F8Kb6pjW3-J0pSKZJX6BudZwudtV8=",
            _ => "m59qNiuiWfbG0RUVsZk4toMdqI6MyYywlFsWW1wui9o=",
        };
        let builder = Acct::builder(file).key(SecretValue::text(key)).crypto_plugin(*plugin);
        let acct = builder.build().unwrap();

        let text = canary();
        let json = SecretValue::text(format!(r#"{{"list":["{}"]}}"#, text.expose_str().unwrap()));
        assert!(copies() >= 2, "the scan sees what is there");
        acct.update_with("p/text", &text, &create).await.unwrap();
        acct.update_with("p/json", &json, &create).await.unwrap();
        drop((text, json));
        assert_eq!(copies(), 0, "{plugin}: after update");

        let all = acct.get_by_path("").await.unwrap();
        let one = acct.get("p/json").await.unwrap();
        assert!(copies() >= 3);
        drop((all, one));
        assert_eq!(copies(), 0, "{plugin}: after get");
    }
}
