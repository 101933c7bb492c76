//! Plugins: what makes of the profiles in a file what a program works with.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use omnisecret_core::{Error, ErrorKind, Result};

use super::{Profile, ProfileTree, put_over};
use crate::dialect::Dialect;
use crate::tree::Value;

/// Makes of raw profiles what a program works with: a client that is logged in, say.
#[async_trait]
pub trait Gather: Send + Sync + 'static {
    /// What a profile becomes.
    type Profile: Send + Sync + 'static;

    /// Processes the profiles that are meant for this plugin, or finds some elsewhere.
    async fn gather(&self, context: &GatherContext<'_>) -> Result<Vec<(String, Self::Profile)>>;

    /// The fields of a processed profile that go into [`Gathered::single`]. None unless said
    /// otherwise.
    fn fields(&self, _profile: &Self::Profile) -> Result<Profile> {
        Ok(Profile::default())
    }

    /// Gives up what the profiles hold: sessions, connections. Nothing unless said otherwise.
    async fn close(&self, _profiles: &[(String, Arc<Self::Profile>)]) -> Result<()> {
        Ok(())
    }
}

/// What a plugin is given.
#[derive(Clone, Copy, Debug)]
pub struct GatherContext<'a> {
    pub(super) profiles: &'a ProfileTree,
    pub(super) extras: &'a Profile,
}

impl<'a> GatherContext<'a> {
    /// The profiles of the plugin's sub, and of itself; in `acct-6` all.
    pub fn profiles(&self) -> &'a ProfileTree {
        self.profiles
    }

    /// The settings for plugins.
    pub fn extras(&self) -> &'a Profile {
        self.extras
    }
}

/// The part of a plugin's name that programs ask for.
pub(super) fn sub(plugin: &str) -> &str {
    plugin.split_once('.').map_or(plugin, |(sub, _)| sub)
}

/// A plugin whose type of profile nobody needs to know.
#[async_trait]
pub(super) trait DynGather: Send + Sync {
    async fn gather(&self, context: &GatherContext<'_>) -> Result<Processed>;

    async fn close(&self, processed: &Processed) -> Result<()>;
}

/// What a plugin has made.
pub(super) struct Processed {
    pub(super) name: String,
    fields: Vec<(String, Profile)>,
    /// `Vec<(String, Arc<P>)>`.
    typed: Box<dyn Any + Send + Sync>,
}

#[async_trait]
impl<G: Gather> DynGather for G {
    async fn gather(&self, context: &GatherContext<'_>) -> Result<Processed> {
        let profiles = Gather::gather(self, context).await?;
        let (mut fields, mut typed) = (Vec::new(), Vec::new());
        for (name, profile) in profiles {
            fields.push((name.clone(), self.fields(&profile)?));
            typed.push((name, Arc::new(profile)));
        }
        Ok(Processed { name: String::new(), fields, typed: Box::new(typed) })
    }

    async fn close(&self, processed: &Processed) -> Result<()> {
        match processed.typed.downcast_ref::<Vec<(String, Arc<G::Profile>)>>() {
            Some(profiles) => Gather::close(self, profiles).await,
            None => Ok(()),
        }
    }
}

/// What was gathered for some subs.
#[derive(Clone)]
pub struct Gathered {
    pub(super) subs: Vec<String>,
    pub(super) tree: ProfileTree,
    pub(super) processed: Vec<Arc<Processed>>,
    pub(super) dialect: Dialect,
}

impl Gathered {
    /// What a plugin has made of a profile; none if there is none, or it is of another type.
    pub fn get<T: Send + Sync + 'static>(&self, plugin: &str, name: &str) -> Option<Arc<T>> {
        let processed = self.processed.iter().find(|there| there.name == plugin)?;
        let profiles = processed.typed.downcast_ref::<Vec<(String, Arc<T>)>>()?;
        profiles.iter().rfind(|(there, _)| there == name).map(|(_, profile)| Arc::clone(profile))
    }

    /// The one profile of this name: what file, backends and overrides say, and the fields of
    /// plugins.
    ///
    /// In `acct-8` plugins win, of the plugins of a sub the last whole profile, and a name that
    /// several subs have is an error. In `acct-6` the file wins, later subs win over earlier ones,
    /// and the fields of everything that was gathered take part, asked for or not.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if no sub has it; [`ErrorKind::Conflict`] if several have.
    pub fn single(&self, name: &str) -> Result<Profile> {
        let single = match self.dialect {
            Dialect::Acct6 => self.of_acct_6(name),
            Dialect::Acct8 => self.of_acct_8(name)?,
        };
        single.filter(|profile| !profile.is_empty()).ok_or_else(|| {
            let subs = self.subs.join(", ");
            Error::new(ErrorKind::NotFound, format!("no profile of this name among {subs}"))
                .with_path(name)
        })
    }

    fn of_acct_6(&self, name: &str) -> Option<Profile> {
        let mut single = Value::Map(Vec::new());
        for processed in &self.processed {
            for (_, fields) in processed.fields.iter().filter(|(there, _)| there == name) {
                put_over(&mut single, fields);
            }
        }
        for sub in &self.subs {
            if let Some(raw) = self.tree.get(sub, name) {
                put_over(&mut single, &raw);
            }
        }
        Some(Profile(single))
    }

    fn of_acct_8(&self, name: &str) -> Result<Option<Profile>> {
        let mut found: Option<(&str, Profile)> = None;
        for sub in &self.subs {
            let mut profile = self.tree.get(sub, name);
            let plugins = self.processed.iter().filter(|it| self::sub(&it.name) == sub);
            let of_name = plugins.flat_map(|it| &it.fields).rfind(|(there, _)| there == name);
            if let Some((_, fields)) = of_name {
                put_over(&mut profile.get_or_insert_default().0, fields);
            }
            let Some(profile) = profile.filter(|profile| !profile.is_empty()) else { continue };
            if let Some((other, _)) = &found {
                let message = format!("a profile of this name is in {other} and in {sub}");
                return Err(Error::new(ErrorKind::Conflict, message)
                    .with_path(name)
                    .with_action("ask for one sub, or rename one of the profiles"));
            }
            found = Some((sub, profile));
        }
        Ok(found.map(|(_, profile)| profile))
    }
}

impl fmt::Debug for Gathered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gathered").field("subs", &self.subs).finish_non_exhaustive()
    }
}
