//! Keeping the folder within its bounds.

use std::fs;
use std::time::{Duration, SystemTime};

use omnisecret_core::Result;

use crate::folder::{Folder, MAX_BYTES, TEMPORARY, failed};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) records: usize,
    pub(crate) bytes: u64,
}

/// A file that is not in its place after so long never will be.
const WRITTEN_WITHIN: Duration = Duration::from_secs(60);

struct Kept {
    name: String,
    size: u64,
    end: SystemTime,
}

/// Takes out what is over, and then what has the least time left, until one more record of this
/// size fits in; false if it never will. Called under the lock.
pub(crate) fn make_room(
    folder: &Folder,
    name: &str,
    size: u64,
    bounds: Bounds,
    now: SystemTime,
) -> Result<bool> {
    if size > bounds.bytes.min(MAX_BYTES) || bounds.records == 0 {
        return Ok(false);
    }
    let mut kept = sweep(folder, now)?;
    // The one that is to be replaced makes room itself.
    kept.retain(|other| other.name != name);
    kept.sort_unstable_by_key(|other| other.end);
    let mut bytes = kept.iter().map(|other| other.size).sum::<u64>().saturating_add(size);
    let mut records = kept.len() + 1;
    for other in kept {
        if records <= bounds.records && bytes <= bounds.bytes {
            break;
        }
        folder.remove(&other.name)?;
        records -= 1;
        bytes -= other.size;
    }
    Ok(true)
}

/// Removes what is over and gives the records that are left.
fn sweep(folder: &Folder, now: SystemTime) -> Result<Vec<Kept>> {
    let entries = fs::read_dir(folder.path());
    let entries = entries.map_err(|error| failed(folder.path(), "listed", &error))?;
    let mut kept = Vec::new();
    for entry in entries.flatten() {
        // Names and files that are not ours are left alone, and so is what has just gone.
        let Ok(name) = entry.file_name().into_string() else { continue };
        let Ok(metadata) = entry.metadata() else { continue };
        let Ok(end) = metadata.modified() else { continue };
        let is_over = if !metadata.is_file() {
            continue;
        } else if name.starts_with(TEMPORARY) {
            now.duration_since(end).is_ok_and(|age| age >= WRITTEN_WITHIN)
        } else if is_ours(&name) {
            end <= now
        } else {
            continue;
        };
        if is_over {
            folder.remove(&name)?;
        } else if name.len() == RECORD_DIGITS {
            kept.push(Kept { name, size: metadata.len(), end });
        }
    }
    Ok(kept)
}

const RECORD_DIGITS: usize = 64;

/// Whether it is the name of a record or of a lease.
fn is_ours(name: &str) -> bool {
    let digits = name.strip_suffix(".lease").unwrap_or(name);
    digits.len() == RECORD_DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}
