//! `Fields`: hears what is wanted, asks for it, and hands it out.

use std::collections::{HashMap, HashSet};
use std::fmt;

use omnisecret_core::{Error, ErrorKind, Reference, Result, Secret};

use super::FromSecrets;
use super::fault::Fault;
use crate::Secrets;

/// The fields of what is being bound, and the secrets for them.
///
/// What a field asks for it gets as `None` at first: the references are only heard then. Once all
/// have been heard they are asked for, and the same code runs again and gets the answers. So there
/// is one list of fields, and it can't fall apart from what is read.
#[derive(Default)]
pub struct Fields {
    wanted: Vec<Reference>,
    /// Nothing until the references have been asked for.
    answers: Option<HashMap<Reference, Result<Secret>>>,
    faults: Vec<Fault>,
    /// The names of the structs around the one that is bound now, each with a dot behind it.
    within: String,
}

/// Without references and faults: where a secret is says something too.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wanted, answers, faults, .. } = self;
        f.debug_struct("Fields")
            .field("wanted", &wanted.len())
            .field("answers", &answers.as_ref().map(HashMap::len))
            .field("faults", &faults.len())
            .finish_non_exhaustive()
    }
}

impl Fields {
    /// Runs `bind` to hear what it wants, asks for all of that at once, and runs it again.
    ///
    /// This is [`FromSecrets::from_secrets`] for what is no struct, with names and references that
    /// are known at run time alone:
    ///
    /// ```
    /// # use omnisecret::{FromSecret, Memory, Secrets};
    /// use std::collections::BTreeMap;
    ///
    /// use omnisecret::typed::Fields;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret::Result<()> {
    /// # let memory = Memory::from_iter([("db", "hunter2"), ("mail", "hunter3")]);
    /// # let secrets = Secrets::builder().provider("vault", memory).build();
    /// let wanted = [("DB", "vault:db"), ("MAIL", "vault:mail")];
    /// let variables = Fields::resolve(&secrets, |fields| {
    ///     let value = |(name, at)| (name, fields.required(name, at, String::from_secret));
    ///     let values: Vec<_> = wanted.map(value).into();
    ///     values.into_iter().map(|(name, value)| Some((name, value?))).collect()
    /// });
    /// let variables: BTreeMap<&str, String> = variables.await?;
    /// assert_eq!(variables["MAIL"], "hunter3");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`FromSecrets::from_secrets`]. A reference that is none is an error before any call.
    pub async fn resolve<T>(
        secrets: &Secrets,
        mut bind: impl FnMut(&mut Self) -> Option<T>,
    ) -> Result<T> {
        let mut fields = Self::default();
        drop(bind(&mut fields));
        if let Some(error) = Fault::all(&fields.faults) {
            return Err(error);
        }
        fields.ask(secrets).await;
        let bound = bind(&mut fields);
        match Fault::all(&fields.faults) {
            Some(error) => Err(error),
            None => bound.ok_or_else(|| {
                Error::new(ErrorKind::Unexpected, "nothing was bound, and no field says why")
            }),
        }
    }

    async fn ask(&mut self, secrets: &Secrets) {
        let mut known = HashSet::new();
        let mut wanted = std::mem::take(&mut self.wanted);
        wanted.retain(|reference| known.insert(reference.clone()));
        let answers = secrets.get_references(&wanted).await;
        self.answers = Some(wanted.into_iter().zip(answers).collect());
    }

    /// The secret of a field that has to be there, made into what the field takes.
    pub fn required<T>(
        &mut self,
        name: &str,
        reference: &str,
        convert: impl FnOnce(&Secret) -> Result<T>,
    ) -> Option<T> {
        let (reference, answer) = self.answer(name, reference)?;
        let made = answer.and_then(|secret| convert(&secret));
        self.keep_fault(name, &reference, made)
    }

    /// The secret of a field that may be missing: no such secret, no such version or no such key.
    /// Any other error is one.
    pub fn optional<T>(
        &mut self,
        name: &str,
        reference: &str,
        convert: impl FnOnce(&Secret) -> Result<T>,
    ) -> Option<Option<T>> {
        let (reference, answer) = self.answer(name, reference)?;
        let made = match answer {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            answer => answer.and_then(|secret| convert(&secret)).map(Some),
        };
        self.keep_fault(name, &reference, made)
    }

    /// A struct in a field of this name, whose secrets are read along with the others.
    pub fn nested<T: FromSecrets>(&mut self, name: &str) -> Option<T> {
        let outside = self.within.len();
        self.within.push_str(name);
        self.within.push('.');
        let bound = T::bind(self);
        self.within.truncate(outside);
        bound
    }

    /// What has been answered for the reference, or nothing while it is only heard.
    fn answer(&mut self, name: &str, reference: &str) -> Option<(Reference, Result<Secret>)> {
        let reference: Reference = match reference.parse() {
            Ok(reference) => reference,
            Err(error) => {
                self.faults.push(Fault::new(&self.within, name, None, error));
                return None;
            }
        };
        let Some(answers) = &self.answers else {
            self.wanted.push(reference);
            return None;
        };
        let answer = answers.get(&reference).cloned().unwrap_or_else(|| {
            Err(Error::new(ErrorKind::Unexpected, "the field was not asked for the first time"))
        });
        Some((reference, answer))
    }

    fn keep_fault<T>(&mut self, name: &str, at: &Reference, made: Result<T>) -> Option<T> {
        made.map_err(|error| self.faults.push(Fault::new(&self.within, name, Some(at), error))).ok()
    }
}
