//! What an update keeps of the file that it replaces, and when it refuses to replace it.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{XattrFlags, getxattr, setxattr};

use crate::world::{Done, Store, World, for_both};

for_both!(
    the_mode_is_kept,
    an_access_control_list_and_attributes_are_kept,
    #[ignore = "needs root, to give a file away"]
    the_owner_is_kept,
    #[ignore = "needs root, to set an attribute that others may not"]
    an_attribute_that_cannot_be_kept_is_a_refusal,
    a_symbolic_link_stays_one,
    a_file_of_several_names_is_refused,
    #[ignore = "needs the right to mount: root, or user namespaces"]
    a_mount_point_is_refused,
    a_folder_that_cannot_be_written_is_refused,
    a_lock_that_is_held_too_long_is_a_conflict,
    the_lock_file_stays_and_is_for_whom_the_file_is_for,
    a_lock_file_that_is_no_file_is_refused,
    what_killed_writers_left_is_removed,
    readers_create_nothing,
);

/// Fits both stores.
const NEW: &[u8] = br#"{"n":"new"}"#;

#[track_caller]
fn updates(world: &World, store: &Store) {
    assert_eq!(world.feed(&["update", store.id, store.path], NEW).prints(), b"");
    assert_eq!(world.get(store, store.path), NEW);
}

/// A refusal leaves the file alone and nothing beside it but the lock.
#[track_caller]
fn refuses(world: &World, store: &Store, run: impl FnOnce() -> Done, code: i32) -> String {
    let before = fs::read(world.file_of(store)).unwrap();
    let names = |world: &World| {
        let lock = format!(".{}.lock", store.file);
        world.names_in("store").into_iter().filter(|name| *name != lock).collect::<Vec<_>>()
    };
    let names_before = names(world);
    let line = run().fails(code);
    assert_eq!(fs::read(world.file_of(store)).unwrap(), before);
    assert_eq!(names(world), names_before);
    line
}

fn the_mode_is_kept(store: &Store) {
    let world = World::new();
    for mode in [0o640, 0o664, 0o600] {
        world.set_mode(&format!("store/{}", store.file), mode);
        updates(&world, store);
        world.feed(&["update", store.id, store.path], b"{}").prints();
        assert_eq!(fs::metadata(world.file_of(store)).unwrap().mode() & 0o7777, mode);
    }
}

/// Owner rw, user 12345 r, group r, mask r, others nothing: as `setfacl -m u:12345:r` makes it.
fn access_control_list() -> Vec<u8> {
    let none = u32::MAX;
    let entries =
        [(1_u16, 6_u16, none), (2, 4, 12345), (4, 4, none), (0x10, 4, none), (0x20, 0, none)];
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        list.extend(tag.to_le_bytes());
        list.extend(permissions.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    list
}

fn an_access_control_list_and_attributes_are_kept(store: &Store) {
    let world = World::new();
    let file = world.file_of(store);
    let list = access_control_list();
    let attributes =
        [("system.posix_acl_access", &*list), ("user.note", b"kept"), ("user.empty", b"")];
    for (name, value) in attributes {
        setxattr(&file, name, value, XattrFlags::empty()).unwrap();
    }
    let inode = fs::metadata(&file).unwrap().ino();
    updates(&world, store);
    let metadata = fs::metadata(&file).unwrap();
    assert_ne!(metadata.ino(), inode, "the file is another now");
    for (name, value) in attributes {
        let mut kept = [0; 128];
        let length = getxattr(&file, name, &mut kept).unwrap();
        assert_eq!(&kept[..length], value, "{name}");
    }
    assert_eq!(metadata.mode() & 0o7777, 0o640);
}

fn an_attribute_that_cannot_be_kept_is_a_refusal(store: &Store) {
    let world = World::new();
    let mut command = world.through_plain_user();
    // A capability of version 2 that grants nothing.
    let capability = [&0x0200_0000_u32.to_le_bytes()[..], &[0; 16]].concat();
    let file = world.file_of(store);
    setxattr(&file, "security.capability", &capability, XattrFlags::empty()).unwrap();
    command.args(["update", store.id, store.path]);
    let line = refuses(&world, store, || Done::fed(&mut command, NEW), 4);
    assert!(line.contains(r#"the attribute "security.capability" of"#), "{line}");
}

fn the_owner_is_kept(store: &Store) {
    let world = World::new();
    chown(world.file_of(store), Some(1), Some(2)).unwrap();
    updates(&world, store);
    for name in [store.file.to_owned(), format!(".{}.lock", store.file)] {
        let metadata = fs::metadata(world.at("store").join(name)).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (1, 2));
    }
}

fn a_symbolic_link_stays_one(store: &Store) {
    let world = World::new();
    let (file, real) = (world.file_of(store), world.at("home/real"));
    fs::rename(&file, &real).unwrap();
    symlink("../home/second", &file).unwrap();
    symlink("real", world.at("home/second")).unwrap();
    updates(&world, store);
    assert!(file.is_symlink() && world.at("home/second").is_symlink());
    assert!(real.is_file() && !real.is_symlink());
    // The lock is beside the file itself, where writers by every name meet.
    assert_eq!(world.names_in("home"), [".real.lock", "real", "second", "work"]);
}

fn a_file_of_several_names_is_refused(store: &Store) {
    let world = World::new();
    fs::hard_link(world.file_of(store), world.at("home/second")).unwrap();
    let update = || world.feed(&["update", store.id, store.path], NEW);
    let line = refuses(&world, store, update, 2);
    assert!(line.contains("has several hard links"), "{line}");
    assert_eq!(fs::metadata(world.file_of(store)).unwrap().nlink(), 2);
    // Reading is no problem.
    assert_eq!(world.get(store, store.path), store.value.as_bytes());
}

fn a_mount_point_is_refused(store: &Store) {
    let world = World::new();
    let file = world.file_of(store);
    let script = r#"mount --bind "$0" "$0" && exec "$@""#;
    let by = ["unshare", "-rm", "sh", "-c", script, file.to_str().unwrap()];
    let update = || Done::fed(world.through(&by).args(["update", store.id, store.path]), NEW);
    let line = refuses(&world, store, update, 2);
    assert!(line.contains("is a mount point") && line.contains("mount its folder"), "{line}");
}

fn a_folder_that_cannot_be_written_is_refused(store: &Store) {
    for has_lock in [false, true] {
        let world = World::new();
        if has_lock {
            world.write(&format!("store/.{}.lock", store.file), "");
        }
        world.set_mode("store", 0o500);
        let mut command = world.through_plain_user();
        command.args(["update", store.id, store.path]);
        let line = refuses(&world, store, || Done::fed(&mut command, NEW), 4);
        assert!(line.contains("make the folder writable"), "{line}");
        world.set_mode("store", 0o700);
    }
}

fn a_lock_that_is_held_too_long_is_a_conflict(store: &Store) {
    let world = World::new();
    let lock = File::create(world.at("store").join(format!(".{}.lock", store.file))).unwrap();
    lock.lock().unwrap();
    let start = Instant::now();
    let update = || world.feed(&["update", store.id, store.path], NEW);
    let line = refuses(&world, store, update, 7);
    assert!(start.elapsed() > Duration::from_secs(9), "{:?}", start.elapsed());
    assert!(line.contains("another writer has held"), "{line}");
    // Readers do not wait, and a writer does not when the lock is free.
    assert_eq!(world.get(store, store.path), store.value.as_bytes());
    lock.unlock().unwrap();
    updates(&world, store);
}

fn the_lock_file_stays_and_is_for_whom_the_file_is_for(store: &Store) {
    for mode in [0o600, 0o640, 0o660] {
        let world = World::new();
        world.set_mode(&format!("store/{}", store.file), mode);
        let lock = world.at("store").join(format!(".{}.lock", store.file));
        updates(&world, store);
        let metadata = fs::symlink_metadata(&lock).unwrap();
        assert!(metadata.is_file());
        assert_eq!((metadata.mode() & 0o7777, metadata.len()), (mode, 0));
        world.feed(&["update", store.id, store.path], b"{}").prints();
        assert_eq!(fs::metadata(&lock).unwrap().ino(), metadata.ino(), "it is never replaced");
    }
}

fn a_lock_file_that_is_no_file_is_refused(store: &Store) {
    let world = World::new();
    let lock = world.at("store").join(format!(".{}.lock", store.file));
    let victim = world.write("home/victim", "untouched");
    let update = || world.feed(&["update", store.id, store.path], NEW);
    // One that leads to another file, and one that would make one.
    for target in [&victim, &world.at("home/new")] {
        symlink(target, &lock).unwrap();
        let line = refuses(&world, store, update, 2);
        assert!(line.contains("remove it: the lock file goes there"), "{line}");
        fs::remove_file(&lock).unwrap();
    }
    assert_eq!(fs::read(&victim).unwrap(), b"untouched");
    assert_eq!(world.names_in("home"), ["victim", "work"]);
    fs::create_dir(&lock).unwrap();
    refuses(&world, store, update, 2);
}

fn what_killed_writers_left_is_removed(store: &Store) {
    let world = World::new();
    let left = format!("store/.{}.Ab3dEf.omnisecret-tmp", store.file);
    world.write(&left, "half of a file");
    // Another file's, whose writer may be alive: another lock is for that.
    let of_another = format!("store/.{}.bak.Ab3dEf.omnisecret-tmp", store.file);
    world.write(&of_another, "half of another file");
    updates(&world, store);
    assert!(!world.at(&left).exists());
    assert!(world.at(&of_another).exists());
}

fn readers_create_nothing(store: &Store) {
    let world = World::new();
    let before = world.names_in("store");
    for args in [
        &["get", store.id, store.path][..],
        &["list", store.id],
        &["list", "--values", store.id],
        &["exists", store.id, store.path],
        &["check"],
        &["providers"],
    ] {
        let done = world.run(args);
        assert_eq!(done.code, Some(0), "{done:?}");
    }
    assert_eq!(world.names_in("store"), before);
    assert_eq!(world.names_in("home"), ["work"]);
    assert!(Path::new(&world.file_of(store)).exists());
}
