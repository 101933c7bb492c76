#![doc = include_str!("../README.md")]

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod sha_ni;

use sha1::Sha1;

/// What comes out: an AES-128 key and an HMAC key of a vault.
pub const BYTES: usize = 32;

/// Derives 32 bytes from a password and a salt: RFC 8018, 5.2, with HMAC-SHA1. No rounds are one.
pub fn derive(password: &[u8], salt: &[u8], rounds: u32, output: &mut [u8; BYTES]) {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    if sha_ni::derive(password, salt, rounds, output) {
        return;
    }
    pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, rounds, output);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(password: &[u8], salt: &[u8], rounds: u32) -> [u8; BYTES] {
        let mut output = [0; BYTES];
        pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, rounds, &mut output);
        output
    }

    #[test]
    fn the_answer_is_that_of_the_plain_implementation() {
        let text: Vec<u8> = (0..=255).cycle().take(300).collect();
        for length in [0, 1, 19, 20, 21, 55, 56, 63, 64, 65, 127, 128, 129, 300] {
            for salt in [0, 1, 8, 15, 16, 43, 44, 59, 60, 61, 64, 200] {
                for rounds in [0, 1, 2, 3, 7, 100] {
                    let (password, salt) = (&text[..length], &text[300 - salt..]);
                    let mut output = [1; BYTES];
                    derive(password, salt, rounds, &mut output);
                    assert_eq!(output, plain(password, salt, rounds), "{length} {salt:?} {rounds}");
                }
            }
        }
    }

    #[test]
    fn a_vaults_worth_of_rounds_gives_the_known_key() {
        // The original's own test: `password123`, a salt of zeros, the first 20 bytes.
        let mut output = [0; BYTES];
        derive(b"password123", &[0; 16], 256_000, &mut output);
        let known = [
            0x53, 0x91, 0x86, 0xbd, 0x67, 0x35, 0xe4, 0x7f, 0x7a, 0x35, 0x4c, 0xc8, 0x17, 0x57,
            0x03, 0x77, 0x2f, 0x36, 0x98, 0x95,
        ];
        assert_eq!(output[..20], known);
    }
}
