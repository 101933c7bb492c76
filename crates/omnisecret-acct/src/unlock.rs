//! Profiles for a program: those of a file, of what it points to, and of what plugins make of them.

mod adapters;
mod backend;
mod gather;
mod profile;
mod tree;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use omnisecret_core::file::blocking;
use omnisecret_core::{Error, ErrorKind, Result};

use crate::config::AcctBuilder;
use crate::dialect::Dialect;
use crate::document::Document;
use crate::provider::ID;
use crate::tree::Value;
use crate::tree::merge::merge;

pub use self::adapters::{Blocking, BlockingBackend, BlockingGather};
pub use self::backend::{Backend, ProviderBackend};
pub use self::gather::{Gather, GatherContext, Gathered};
pub use self::profile::Profile;
pub use self::tree::ProfileTree;

use self::gather::{DynGather, Processed};

/// Builds [`Profiles`]: what is unlocked, and which plugins and backends there are.
///
/// Everything has a defined order: backends as their section has them in the file, plugins by
/// their names within the order of the subs that are asked for.
#[must_use = "a builder does nothing until it is unlocked"]
pub struct ProfilesBuilder {
    source: Source,
    dialect: Dialect,
    backends: BTreeMap<String, Arc<dyn Backend>>,
    plugins: BTreeMap<String, Arc<dyn DynGather>>,
    allowed: Option<Vec<String>>,
    overrides: Document,
    extras: Profile,
    hard_fail: bool,
}

enum Source {
    File(Box<AcctBuilder>),
    Document(Document),
}

impl AcctBuilder {
    /// Unlocks the file together with plugins and backends, which the builder takes.
    ///
    /// ```no_run
    /// # async fn run() -> omnisecret_core::Result<()> {
    /// use omnisecret_acct::AcctBuilder;
    ///
    /// let profiles = AcctBuilder::from_env().profiles().unlock().await?;
    /// let aws = profiles.tree().get("aws", "default");
    /// # Ok(()) }
    /// ```
    pub fn profiles(self) -> ProfilesBuilder {
        ProfilesBuilder::new(Source::File(Box::new(self)))
    }
}

impl Document {
    /// Takes the profiles of a document that is open already, as acct's `unlock_blob` does.
    pub fn profiles(self) -> ProfilesBuilder {
        ProfilesBuilder::new(Source::Document(self))
    }
}

impl ProfilesBuilder {
    fn new(source: Source) -> Self {
        Self {
            source,
            dialect: Dialect::default(),
            backends: BTreeMap::new(),
            plugins: BTreeMap::new(),
            allowed: None,
            overrides: Document::default(),
            extras: Profile::default(),
            hard_fail: true,
        }
    }

    /// Whose rules decide which value wins. In `acct-8`, the default, plugins win over overrides,
    /// those over backends, and those over the file; in `acct-6` the file, with backends and
    /// overrides over it, wins over plugins.
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// A backend, by the name that the section of backends has for it.
    pub fn backend(mut self, name: impl Into<String>, backend: impl Backend) -> Self {
        self.backends.insert(name.into(), Arc::new(backend));
        self
    }

    /// A plugin, by its sub, or by sub, dot and its own name: `aws`, `aws.iam`.
    pub fn plugin(mut self, name: impl Into<String>, plugin: impl Gather) -> Self {
        self.plugins.insert(name.into(), Arc::new(plugin));
        self
    }

    /// The names of the entries of backends that are unlocked; all others are left out. All are
    /// unlocked unless this is set, or set to none.
    pub fn allowed_backend_profiles(
        mut self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let names: Vec<_> = names.into_iter().map(Into::into).collect();
        self.allowed = (!names.is_empty()).then_some(names);
        self
    }

    /// Profiles that are put over those of the file and the backends.
    pub fn overrides(mut self, overrides: Document) -> Self {
        self.overrides = overrides;
        self
    }

    /// Settings for plugins, each of which knows its own.
    pub fn extras(mut self, extras: Profile) -> Self {
        self.extras = extras;
        self
    }

    /// Whether a backend that is not there or fails fails everything. True unless set otherwise;
    /// else what the others give is taken, and [`Profiles::faults`] says what was left out.
    pub fn hard_fail(mut self, hard_fail: bool) -> Self {
        self.hard_fail = hard_fail;
        self
    }

    /// Opens the file and unlocks its backends, one after the other.
    ///
    /// # Errors
    /// As [`AcctBuilder::build`] and as a read of [`Acct`](crate::Acct);
    /// [`ErrorKind::InvalidConfig`] if the section of backends names one that was not given, or is
    /// none; what a backend answers.
    pub async fn unlock(self) -> Result<Profiles> {
        let document = match self.source {
            Source::Document(document) => document,
            Source::File(builder) => {
                let acct = builder.build()?;
                let read = blocking(move || acct.document()).await;
                read.map_err(|error| error.with_context(ID, "unlock"))?
            }
        };
        let (mut tree, settings) = ProfileTree::of_file(document);
        let mut faults = Vec::new();
        for (backend, name, context) in settings.contexts()? {
            if self.allowed.as_ref().is_some_and(|allowed| !allowed.contains(&name)) {
                continue;
            }
            let unlocked = match self.backends.get(&backend) {
                Some(there) => there.unlock(&context).await,
                None => Err(Error::new(ErrorKind::InvalidConfig, "there is no such backend")
                    .with_action("give the builder this backend, or take it out of the file")),
            };
            match unlocked {
                Ok(unlocked) => tree.merge(&unlocked),
                Err(error) => {
                    let at = format!("{backend}/{name}");
                    let error = error.with_context(ID, "unlock").with_path(at);
                    if self.hard_fail {
                        return Err(error);
                    }
                    faults.push(error);
                }
            }
        }
        tree.merge(&ProfileTree::of_file(self.overrides).0);
        Ok(Profiles {
            tree,
            default: settings.default,
            dialect: self.dialect,
            plugins: self.plugins,
            extras: self.extras,
            processed: Vec::new(),
            faults,
        })
    }
}

impl fmt::Debug for ProfilesBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfilesBuilder")
            .field("dialect", &self.dialect)
            .field("backends", &self.backends.keys())
            .field("plugins", &self.plugins.keys())
            .finish_non_exhaustive()
    }
}

/// The profiles of a program, unlocked.
///
/// ```
/// use omnisecret_acct::{Document, Gather, GatherContext, Profile};
/// use omnisecret_core::{Result, async_trait};
///
/// /// A login, as this program needs it.
/// struct Login(String);
///
/// struct Logins;
///
/// #[async_trait]
/// impl Gather for Logins {
///     type Profile = Login;
///
///     async fn gather(&self, context: &GatherContext<'_>) -> Result<Vec<(String, Login)>> {
///         let mut logins = Vec::new();
///         for (name, profile) in context.profiles().of("site") {
///             let user = profile.require("user")?;
///             logins.push((name, Login(user.expose_str()?.to_owned())));
///         }
///         Ok(logins)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<()> {
/// let document = Document::from_json(r#"{"site": {"default": {"user": "ann"}}}"#)?;
/// let mut profiles = document.profiles().plugin("site", Logins).unlock().await?;
/// let gathered = profiles.gather(&["site"]).await?;
/// assert_eq!(gathered.get::<Login>("site", "default").expect("it is there").0, "ann");
/// assert_eq!(gathered.single("default")?.require("user")?.expose_str()?, "ann");
/// profiles.close().await
/// # }
/// ```
pub struct Profiles {
    tree: ProfileTree,
    default: Option<String>,
    dialect: Dialect,
    plugins: BTreeMap<String, Arc<dyn DynGather>>,
    extras: Profile,
    processed: Vec<Arc<Processed>>,
    faults: Vec<Error>,
}

impl Profiles {
    /// What the file, the backends and the overrides say, before any plugin.
    pub fn tree(&self) -> &ProfileTree {
        &self.tree
    }

    /// The name of the profile that the file calls its default, if it does.
    pub fn default_profile(&self) -> Option<&str> {
        self.default.as_deref()
    }

    /// What was left out, where [`hard_fail`](ProfilesBuilder::hard_fail) is false.
    pub fn faults(&self) -> &[Error] {
        &self.faults
    }

    /// Has the plugins of these subs process their profiles, each once: what was gathered before is
    /// taken as it was.
    ///
    /// A plugin gets the profiles of its sub and of `sub.plugin`; in `acct-6` those of all.
    ///
    /// # Errors
    /// What a plugin answers. What was gathered by then stays, to be closed.
    pub async fn gather(&mut self, subs: &[&str]) -> Result<Gathered> {
        for sub in subs {
            let plugins = self.plugins.iter().filter(|(name, _)| gather::sub(name) == *sub);
            for (name, plugin) in plugins {
                if self.processed.iter().any(|there| there.name == *name) {
                    continue;
                }
                let of_sub;
                let tree = if self.dialect == Dialect::Acct6 {
                    &self.tree
                } else {
                    of_sub = self.tree.of_plugin(sub, name);
                    &of_sub
                };
                let context = GatherContext { profiles: tree, extras: &self.extras };
                let mut processed = plugin
                    .gather(&context)
                    .await
                    .map_err(|error| error.with_context(ID, "gather").with_path(name.clone()))?;
                processed.name.clone_from(name);
                self.processed.push(Arc::new(processed));
            }
        }
        Ok(self.gathered(subs))
    }

    /// The profile of this name in all that was gathered: see [`Gathered::single`].
    ///
    /// # Errors
    /// As [`Gathered::single`].
    pub fn single(&self, name: &str) -> Result<Profile> {
        let mut subs: Vec<&str> = Vec::new();
        for processed in &self.processed {
            let sub = gather::sub(&processed.name);
            if !subs.contains(&sub) {
                subs.push(sub);
            }
        }
        self.gathered(&subs).single(name)
    }

    /// Closes the plugins that have gathered, the last one first, and all of them even if one
    /// fails.
    ///
    /// # Errors
    /// The first that a plugin answers.
    pub async fn close(self) -> Result<()> {
        let mut result = Ok(());
        for processed in self.processed.into_iter().rev() {
            let name = processed.name.clone();
            let Some(plugin) = self.plugins.get(&name) else { continue };
            let closed = plugin.close(&processed).await;
            result =
                result.and(closed.map_err(|error| error.with_context(ID, "close").with_path(name)));
        }
        result
    }

    fn gathered(&self, subs: &[&str]) -> Gathered {
        Gathered {
            subs: subs.iter().map(|sub| (*sub).to_owned()).collect(),
            tree: self.tree.clone(),
            processed: self.processed.clone(),
            dialect: self.dialect,
        }
    }
}

impl fmt::Debug for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profiles")
            .field("tree", &self.tree)
            .field("plugins", &self.plugins.keys())
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

/// Puts the fields of one profile over those of another.
fn put_over(base: &mut Value, over: &Profile) {
    merge(base, &over.0);
}
