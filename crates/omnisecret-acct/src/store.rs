//! The file, and what opens it.

use std::path::PathBuf;

use omnisecret_core::Result;
use omnisecret_core::file::{self, MAX_STORE_BYTES};
use zeroize::Zeroizing;

use crate::crypto::{Cipher, CryptoPlugin};
use crate::msgpack;
use crate::profiles::Profiles;

/// An acct file with its key. Everything here blocks.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) file: PathBuf,
    pub(crate) key: Key,
}

/// What opens the file.
#[derive(Debug)]
pub(crate) enum Key {
    /// Known from the start.
    Ready(Cipher),
    /// Read anew for every operation, so that it may change while the program runs.
    File(CryptoPlugin, PathBuf),
}

impl Key {
    fn with_cipher<T>(&self, work: impl FnOnce(&Cipher) -> Result<T>) -> Result<T> {
        match self {
            Self::Ready(cipher) => work(cipher),
            Self::File(plugin, path) => {
                work(&Cipher::new(*plugin, file::read_text(path)?.as_bytes())?)
            }
        }
    }
}

impl Store {
    /// The profiles as the file has them now.
    pub(crate) fn read(&self) -> Result<Profiles> {
        let sealed = file::read(&self.file, MAX_STORE_BYTES)?;
        let content = self.key.with_cipher(|cipher| cipher.decrypt(&sealed))?;
        Profiles::new(msgpack::decode(&content)?)
    }

    /// Changes the profiles and writes them back, sealed anew with the same key. A change that
    /// leaves the content as it is leaves the file as it is.
    pub(crate) fn update(&self, change: impl Fn(&mut Profiles) -> Result<()>) -> Result<()> {
        self.key.with_cipher(|cipher| {
            file::update(&self.file, MAX_STORE_BYTES, |sealed| {
                let old = cipher.decrypt(sealed)?;
                let mut profiles = Profiles::new(msgpack::decode(&old)?)?;
                change(&mut profiles)?;
                let new = msgpack::encode(profiles.content())?;
                if *new == *old {
                    return Ok((Zeroizing::new(sealed.to_vec()), ()));
                }
                Ok((cipher.encrypt(&new)?, ()))
            })
        })
    }
}
