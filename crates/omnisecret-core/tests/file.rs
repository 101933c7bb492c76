//! Files that hold secrets: what is read, what is refused, and what a replacement keeps.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use omnisecret_core::{Error, ErrorKind, Result, file};
use tempfile::TempDir;
use zeroize::Zeroizing;

const LIMIT: u64 = 1000;

/// A folder with one file in it.
fn folder(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secrets");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn names_in(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn becomes(bytes: &[u8]) -> Result<(Zeroizing<Vec<u8>>, ())> {
    Ok((Zeroizing::new(bytes.to_vec()), ()))
}

/// Adds a line, as a writer who reads first.
fn add_line(path: &Path, line: &str) -> Result<()> {
    file::update(path, LIMIT, |old| becomes(&[old, line.as_bytes(), b"\n"].concat()))
}

#[test]
fn a_file_is_read_to_the_byte_up_to_its_limit() {
    for length in [0, 1, 999, 1000] {
        let bytes: Vec<u8> = (0..=255).cycle().take(length).collect();
        let (_folder, path) = folder(&bytes);
        assert_eq!(*file::read(&path, LIMIT).unwrap(), bytes);
    }
    let (_folder, path) = folder(&[b'x'; 1001]);
    let error = file::read(&path, LIMIT).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.message().contains("larger than 1000 bytes"), "{error}");
    // A file of the kernel's, which says that it has no bytes.
    assert!(!file::read(Path::new("/proc/self/status"), 1 << 20).unwrap().is_empty());
    assert!(file::read(Path::new("/proc/self/status"), 10).is_err());
}

#[test]
fn a_key_of_32_bytes_that_ends_like_a_line_is_read_as_it_is() {
    for end in [&b"\n"[..], b"\r\n", b"\n\n"] {
        let bytes = [&[b'k'; 32][end.len()..], end].concat();
        let (_folder, path) = folder(&bytes);
        assert_eq!(*file::read(&path, file::MAX_KEY_BYTES).unwrap(), bytes);
    }
}

#[test]
fn a_text_loses_one_line_end_and_nothing_else() {
    for (bytes, text) in [
        ("", ""),
        ("x", "x"),
        ("x\n", "x"),
        ("x\r\n", "x"),
        ("x\n\n", "x\n"),
        ("x\r\n\r\n", "x\r\n"),
        ("x\n\r\n", "x\n"),
        ("x\r", "x\r"),
        (" x \n", " x "),
        ("\n", ""),
        ("\r\n", ""),
        ("\nx", "\nx"),
        ("\u{feff}x\n", "\u{feff}x"),
    ] {
        let (_folder, path) = folder(bytes.as_bytes());
        assert_eq!(*file::read_text(&path).unwrap(), text, "{bytes:?}");
    }
    let (_folder, path) = folder(b"\xff");
    let error = file::read_text(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    let (_folder, path) = folder(&vec![b'x'; (64 << 10) + 1]);
    assert_eq!(file::read_text(&path).unwrap_err().kind(), ErrorKind::InvalidConfig);
}

#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let (folder, _) = folder(b"");
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let socket = folder.path().join("socket");
    drop(UnixListener::bind(&socket).unwrap());
    let link = folder.path().join("link");
    symlink(&pipe, &link).unwrap();
    let before = names_in(&folder);
    let start = Instant::now();
    for path in [&pipe, &socket, &link, folder.path(), Path::new("/dev/zero")] {
        let errors = [
            file::read(path, LIMIT).map(drop).unwrap_err(),
            file::read_text(path).map(drop).unwrap_err(),
            file::update(path, LIMIT, |_| becomes(b"x")).unwrap_err(),
            file::create_private(path, b"x").unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
            assert!(error.message().contains("is not a regular file"), "{error}");
        }
    }
    assert!(start.elapsed() < Duration::from_secs(1));
    assert_eq!(names_in(&folder), before);
}

#[test]
fn a_file_that_is_not_there_is_a_fault_of_the_configuration() {
    let (folder, path) = folder(b"");
    for path in [folder.path().join("none"), folder.path().join("none/none"), path.join("none")] {
        for error in [
            file::read(&path, LIMIT).map(drop).unwrap_err(),
            file::update(&path, LIMIT, |_| becomes(b"x")).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
            assert!(!error.is_retryable());
        }
    }
    assert_eq!(names_in(&folder), ["secrets"]);
}

#[test]
fn links_that_lead_in_a_circle_are_a_fault_of_the_configuration() {
    let (folder, _) = folder(b"");
    let link = folder.path().join("link");
    symlink("link", &link).unwrap();
    for error in [
        file::read(&link, LIMIT).map(drop).unwrap_err(),
        file::update(&link, LIMIT, |_| becomes(b"x")).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    }
}

#[test]
fn a_change_by_a_writer_without_the_lock_is_merged() {
    let (folder, path) = folder(b"one\n");
    let other = folder.path().join("other");
    let mut run = 0;
    let answer = file::update(&path, LIMIT, |old| {
        run += 1;
        match run {
            // Replaced as a whole,
            1 => {
                fs::write(&other, "two\n").unwrap();
                fs::rename(&other, &path).unwrap();
            }
            // written in place at the same length,
            2 => fs::write(&path, "six\n").unwrap(),
            // and added to.
            3 => File::options().append(true).open(&path).unwrap().write_all(b"ten\n").unwrap(),
            _ => {}
        }
        Ok((Zeroizing::new([old, b"ours\n"].concat()), run))
    });
    assert_eq!(answer.unwrap(), 4);
    assert_eq!(fs::read_to_string(&path).unwrap(), "six\nten\nours\n");
    assert_eq!(names_in(&folder), [".secrets.lock", "secrets"]);
}

#[test]
fn a_file_that_never_rests_is_a_conflict_and_keeps_the_others_change() {
    let (folder, path) = folder(b"");
    let mut run = 0;
    let error = file::update(&path, LIMIT, |_| {
        run += 1;
        fs::write(&path, format!("theirs {run}")).unwrap();
        becomes(b"ours")
    });
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("theirs {run}"));
    assert_eq!(names_in(&folder), [".secrets.lock", "secrets"]);
}

#[test]
fn a_file_that_goes_away_is_not_made_again() {
    let (folder, path) = folder(b"x");
    let gone = file::update(&path, LIMIT, |_| {
        fs::remove_file(&path).unwrap();
        becomes(b"ours")
    });
    assert_eq!(gone.unwrap_err().kind(), ErrorKind::InvalidConfig);
    assert_eq!(names_in(&folder), [".secrets.lock"]);
}

#[test]
fn the_same_bytes_are_not_written() {
    let (_folder, path) = folder(b"same");
    let before = fs::metadata(&path).unwrap();
    file::update(&path, LIMIT, becomes).unwrap();
    let after = fs::metadata(&path).unwrap();
    assert_eq!((after.ino(), after.ctime_nsec()), (before.ino(), before.ctime_nsec()));
}

#[test]
fn a_change_that_fails_leaves_the_file_and_lets_the_lock_go() {
    let (folder, path) = folder(b"old");
    let error = file::update(&path, LIMIT, |_| {
        Err::<(Vec<u8>, ()), _>(Error::new(ErrorKind::NotFound, "no such secret"))
    });
    assert_eq!(error.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names_in(&folder), [".secrets.lock", "secrets"]);
    add_line(&path, "er").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"older\n");
}

#[test]
fn a_file_past_its_limit_is_not_updated() {
    let (_folder, path) = folder(&[b'x'; 1001]);
    let error = file::update(&path, LIMIT, |_| becomes(b"")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert_eq!(fs::metadata(&path).unwrap().len(), 1001);
}

#[test]
fn writers_of_files_whose_names_begin_alike_leave_each_other_alone() {
    let (folder, path) = folder(b"");
    let longer = folder.path().join("secrets.json");
    fs::write(&longer, "").unwrap();
    thread::scope(|scope| {
        for (path, count) in [(&path, 60), (&longer, 60), (&path, 60), (&longer, 60)] {
            scope.spawn(move || (0..count).for_each(|_| add_line(path, "x").unwrap()));
        }
    });
    for path in [&path, &longer] {
        assert_eq!(fs::read(path).unwrap(), b"x\n".repeat(120));
    }
    let expected = [".secrets.json.lock", ".secrets.lock", "secrets", "secrets.json"];
    assert_eq!(names_in(&folder), expected);
}

#[test]
fn what_a_killed_writer_of_this_file_left_is_removed() {
    let (folder, path) = folder(b"");
    let kept =
        [".other.Ab3dEf.omnisecret-tmp", ".secrets.Ab3dEf", ".secrets.x.Ab3dEf.omnisecret-tmp"];
    for name in kept.iter().chain(&[".secrets.Ab3dEf.omnisecret-tmp"]) {
        fs::write(folder.path().join(name), "half").unwrap();
    }
    add_line(&path, "x").unwrap();
    let mut expected: Vec<_> = kept.into_iter().chain([".secrets.lock", "secrets"]).collect();
    expected.sort_unstable();
    assert_eq!(names_in(&folder), expected);
}

#[test]
fn a_bare_name_is_a_file_of_the_working_folder() {
    // `Cargo.toml` of this package: where tests run.
    assert!(file::read(Path::new("Cargo.toml"), file::MAX_CONFIG_BYTES).is_ok());
}

#[test]
fn a_private_file_is_exact_and_for_its_owner_alone() {
    let (folder, there) = folder(b"old");
    fs::set_permissions(&there, fs::Permissions::from_mode(0o666)).unwrap();
    let link = folder.path().join("link");
    symlink("secrets", &link).unwrap();
    for path in [&folder.path().join("new"), &link] {
        file::create_private(path, b"new\0\n").unwrap();
        assert_eq!(fs::read(path).unwrap(), b"new\0\n");
        assert_eq!(fs::metadata(path).unwrap().mode() & 0o7777, 0o600);
    }
    assert!(link.is_symlink());
    assert_eq!(names_in(&folder), ["link", "new", "secrets"]);
    let error = file::create_private(&folder.path().join("none/new"), b"").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
}

#[test]
#[ignore = "needs root, to give a link away"]
fn a_link_that_another_user_has_planted_is_not_followed() {
    let (folder, there) = folder(b"old");
    let link = folder.path().join("link");
    symlink(&there, &link).unwrap();
    std::os::unix::fs::lchown(&link, Some(12345), None).unwrap();
    // Only where everybody can have put it there.
    file::create_private(&link, b"new").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    let error = file::create_private(&link, b"stolen").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert_eq!(fs::read(&there).unwrap(), b"new");
    // One of the folder's owner, or of our own, is fine.
    std::os::unix::fs::lchown(folder.path(), Some(12345), None).unwrap();
    file::create_private(&link, b"newer").unwrap();
    assert_eq!(fs::read(&there).unwrap(), b"newer");
}

#[test]
fn a_new_file_is_made_once_and_for_its_owner_alone() {
    let (folder, there) = folder(b"old");
    let path = folder.path().join("new");
    file::create_new(&path, b"new").unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    symlink("nowhere", folder.path().join("link")).unwrap();
    for taken in [&path, &there, &folder.path().join("link"), &folder.path().to_owned()] {
        assert_eq!(file::create_new(taken, b"x").unwrap_err().kind(), ErrorKind::Conflict);
    }
    let error = file::create_new(&folder.path().join("none/new"), b"").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert_eq!(
        (fs::read(&path).unwrap(), fs::read(&there).unwrap()),
        (b"new".into(), b"old".into())
    );
    assert_eq!(names_in(&folder), ["link", "new", "secrets"]);
}

#[test]
fn work_that_blocks_runs_with_a_runtime_and_without_one() {
    let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
    let here = thread::current().id();
    let place = runtime().block_on(file::blocking(|| Ok(thread::current().id())));
    assert_ne!(place.unwrap(), here);
    let panics = runtime().block_on(file::blocking::<()>(|| panic!("on purpose")));
    assert_eq!(panics.unwrap_err().kind(), ErrorKind::Unexpected);
    // Polled by hand: nobody's runtime.
    let mut work = std::pin::pin!(file::blocking(|| Ok(thread::current().id())));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match work.as_mut().poll(&mut context) {
        std::task::Poll::Ready(place) => assert_eq!(place.unwrap(), here),
        std::task::Poll::Pending => panic!("it waits for nobody"),
    }
}

#[test]
fn what_a_killed_writer_of_a_private_file_left_is_removed_and_a_living_ones_file_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("value");
    let dead = folder.path().join(".value.dead00.omnisecret-tmp");
    let alive = folder.path().join(".value.alive0.omnisecret-tmp");
    fs::write(&dead, "torn").unwrap();
    let writer = File::create(&alive).unwrap();
    writer.lock().unwrap();
    file::create_private(&target, b"whole").unwrap();
    assert!(!dead.exists() && alive.exists());
    assert_eq!(fs::read(&target).unwrap(), b"whole");
}

#[test]
fn a_file_that_nobody_could_read_again_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("store");
    fs::write(&target, "old").unwrap();
    let grown = |_: &[u8]| Ok((Zeroizing::new(vec![b'a'; 11]), ()));
    let error = file::update(&target, 10, grown).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert_eq!(fs::read(&target).unwrap(), b"old");
}
