//! A home folder, a vault and an acct file of one test's own, and the program run among them.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_omnisecret");

/// A user without rights, who owns nothing here.
const NOBODY: u32 = 65534;

/// A provider over a file, and a secret that is in it from the start.
pub(crate) struct Store {
    pub(crate) id: &'static str,
    /// Its file in `store/`.
    pub(crate) file: &'static str,
    pub(crate) path: &'static str,
    /// What `get` says of it.
    pub(crate) value: &'static str,
    /// A path that is not there.
    pub(crate) missing: &'static str,
}

pub(crate) const VAULT: Store = Store {
    id: "securestore",
    file: "vault.json",
    path: "a",
    value: "value of a",
    missing: "new/name",
};

pub(crate) const ACCT: Store = Store {
    id: "acct",
    file: "creds.fernet",
    path: "provider/profile_name",
    value: concat!(
        r#"{"username":"XXXXXXXXXXXX","password":"XXXXXXXXXXXX","#,
        r#""api_key":"XXXXXXXXXXXXXXXXXXX"}"#
    ),
    missing: "new/name",
};

/// A test of each rule for each store.
macro_rules! for_both {
    ($($(#[$attribute:meta])* $rule:ident),* $(,)?) => {
        mod vault {
            $(#[test] $(#[$attribute])* fn $rule() { super::$rule(&crate::world::VAULT); })*
        }
        mod acct {
            $(#[test] $(#[$attribute])* fn $rule() { super::$rule(&crate::world::ACCT); })*
        }
    };
}
pub(crate) use for_both;

/// `home/work/` to work in, `store/` with the files that the environment names.
pub(crate) struct World {
    folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["home", "home/work", "store"] {
            world.make_folder(folder);
        }
        for name in ["vault.json", "vault.key", "creds.fernet"] {
            world.write(&format!("store/{name}"), recorded(name));
        }
        world
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn file_of(&self, store: &Store) -> PathBuf {
        self.at("store").join(store.file)
    }

    pub(crate) fn make_folder(&self, name: &str) {
        fs::create_dir(self.at(name)).unwrap();
        self.set_mode(name, 0o700);
    }

    /// A file that only its owner may read, whatever the umask is.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        fs::write(&path, bytes).unwrap();
        self.set_mode(name, 0o600);
        path
    }

    pub(crate) fn set_mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.at(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// The names in a folder, sorted.
    pub(crate) fn names_in(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.at(folder)).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The program, with this home and with what opens the two stores, and nothing else.
    pub(crate) fn command(&self) -> Command {
        self.through(&[])
    }

    /// The same, run by another program.
    pub(crate) fn through(&self, by: &[&str]) -> Command {
        let mut whole = by.iter().chain([&PROGRAM]);
        let mut command = Command::new(whole.next().unwrap());
        command
            .args(whole)
            .current_dir(self.at("home/work"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.at("home"))
            .env("RUST_BACKTRACE", "1")
            .env("OMNISECRET_VAULT", self.file_of(&VAULT))
            .env("OMNISECRET_VAULT_KEY_FILE", self.at("store/vault.key"))
            .env("ACCT_FILE", self.file_of(&ACCT))
            .env("ACCT_KEY", String::from_utf8(recorded("creds.key")).unwrap())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// The program run by a user to whom modes apply: whoever runs the tests, unless that is
    /// root. Everything belongs to that user then.
    pub(crate) fn through_plain_user(&self) -> Command {
        if !rustix::process::geteuid().is_root() {
            return self.command();
        }
        // The program that was built may be where that user cannot go.
        let program = self.at("omnisecret");
        fs::copy(PROGRAM, &program).unwrap();
        give(self.folder.path(), NOBODY);
        let id = NOBODY.to_string();
        let script = "shift; exec \"$0\" \"$@\"";
        let change = ["setpriv", "--reuid", &id, "--regid", &id, "--clear-groups"];
        let by = [&change[..], &["sh", "-c", script, program.to_str().unwrap()]].concat();
        self.through(&by)
    }

    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Done {
        Done::of(self.command().args(args))
    }

    /// Runs the program with these bytes at its standard input.
    pub(crate) fn feed(&self, args: &[&str], stdin: &[u8]) -> Done {
        Done::fed(self.command().args(args), stdin)
    }

    /// The value of a secret, which has to be there.
    #[track_caller]
    pub(crate) fn get(&self, store: &Store, path: &str) -> Vec<u8> {
        self.run(["get", store.id, "--", path]).prints()
    }

    /// Makes a secret.
    #[track_caller]
    pub(crate) fn create(&self, store: &Store, path: &str, value: &[u8]) {
        let done = self.feed(&["update", "--create", store.id, "--", path], value);
        assert_eq!(done.prints(), b"");
    }
}

/// A file of the package's own.
pub(crate) fn recorded(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap()
}

/// Gives a file, or a folder with everything in it, to another user. Takes root.
pub(crate) fn give(path: &Path, user: u32) {
    chown(path, Some(user), Some(user)).unwrap();
    if path.is_dir() && !path.is_symlink() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), user);
        }
    }
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Done {
    pub(crate) fn of(command: &mut Command) -> Self {
        command.output().unwrap().into()
    }

    pub(crate) fn fed(command: &mut Command, stdin: &[u8]) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        // A program that has refused the rest reads no more.
        drop(child.stdin.take().unwrap().write_all(stdin));
        child.wait_with_output().unwrap().into()
    }

    /// Standard output of a run that has done what was asked, silently.
    #[track_caller]
    pub(crate) fn prints(self) -> Vec<u8> {
        assert_eq!((self.code, &*self.stderr), (Some(0), ""), "{:?}", self.lossy());
        self.stdout
    }

    #[track_caller]
    pub(crate) fn prints_text(self) -> String {
        String::from_utf8(self.prints()).unwrap()
    }

    /// The one line of a run that failed as every failure has to look.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{:?}", self.lossy());
        assert_eq!(self.lossy(), "", "nothing but what was asked for goes to standard output");
        let line = self.stderr.strip_suffix('\n').unwrap_or_else(|| panic!("{:?}", self.stderr));
        assert!(line.starts_with("omnisecret: "), "{line:?}");
        assert!(!line.contains(char::is_control), "{line:?}");
        assert!(!line.contains("value of"), "{line:?}");
        line.to_owned()
    }

    fn lossy(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
