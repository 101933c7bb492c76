//! A scan of the process's own memory: what a secret leaves behind.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;

use omnisecret_core::SecretValue;

/// Longer than what a cipher leaves on its stack, which is up to 64 blocks of 16 bytes.
const LENGTH: usize = 4096;

/// What an allocator may write over at the start of a block that it has been given back.
const OVERWRITTEN: usize = 32;

/// The canary's byte at this place. It is never written down as a whole but where a test puts it.
fn byte(at: usize) -> u8 {
    let spread = at.wrapping_mul(2_654_435_761) >> 8;
    b'a' + u8::try_from(spread % 26).unwrap_or_default()
}

/// A text that [`copies`] finds wherever it is, 4 KiB of lower-case letters.
pub fn canary() -> SecretValue {
    let mut text = String::with_capacity(LENGTH);
    text.extend((0..LENGTH).map(|at| char::from(byte(at))));
    SecretValue::text(text)
}

/// How many copies of the [`canary`] are in memory that this process can write to: none, or some.
/// The scan may count a copy twice, through its own buffer.
///
/// For a test program of its own: other tests that run at the same time have copies too.
///
/// # Errors
/// What reading `/proc/self` gives.
pub fn copies() -> io::Result<usize> {
    let memory = File::open("/proc/self/mem")?;
    let mut count = 0;
    for line in fs::read_to_string("/proc/self/maps")?.lines() {
        let Some((start, end)) = writable(line) else { continue };
        let mut bytes = vec![0; usize::try_from(end - start).unwrap_or_default()];
        // A region that has gone since it was listed holds nothing.
        if memory.read_exact_at(&mut bytes, start).is_ok() {
            let is_canary = |window: &&[u8]| {
                window.iter().zip(OVERWRITTEN..).all(|(found, at)| *found == byte(at))
            };
            count += bytes.windows(LENGTH - OVERWRITTEN).filter(is_canary).count();
        }
        // So that what was found here is not found again.
        bytes.fill(0);
    }
    Ok(count)
}

/// The ends of a region of memory, if the process can write there.
fn writable(line: &str) -> Option<(u64, u64)> {
    let (range, rest) = line.split_once(' ')?;
    if !rest.starts_with("rw") {
        return None;
    }
    let (start, end) = range.split_once('-')?;
    Some((u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(end, 16).ok()?))
}
