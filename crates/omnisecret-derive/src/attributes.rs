//! `#[secrets(..)]` on a struct and `#[secret(..)]` on its fields.

use omnisecret_core::Reference;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, Field, Ident, LitStr, Path, Result, Token};

/// What stands on the struct.
#[derive(Default)]
pub(crate) struct Container {
    /// The facade, where it is not `::omnisecret`.
    pub(crate) facade: Option<Path>,
    /// What every reference of the struct begins with.
    prefix: Option<LitStr>,
}

/// What stands on a field.
pub(crate) enum Source {
    Nested,
    Secret(Box<Secret>),
}

pub(crate) struct Secret {
    /// With the struct's prefix in front, and checked.
    pub(crate) reference: LitStr,
    pub(crate) conversion: Conversion,
    pub(crate) missing: Option<Missing>,
}

pub(crate) enum Conversion {
    /// By the type itself.
    FromSecret,
    Parse,
    Json,
    With(Path),
}

/// `default`: what stands in for a secret that is not there.
pub(crate) struct Missing {
    pub(crate) keyword: Ident,
    /// `Default::default()` without one.
    pub(crate) value: Option<Expr>,
}

const ON_STRUCT: &str = "write prefix = \"provider:path/\" or crate = path";
const ON_FIELD: &str =
    "write a reference \"provider:path#key\", then parse, json, with = function or default";
const NO_SOURCE: &str = "where is the secret of this field? \
    write #[secret(\"provider:path#key\")], or #[secret(nested)] for a struct of secrets";

impl Container {
    pub(crate) fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut container = Self::default();
        for attribute in attributes.iter().filter(|it| it.path().is_ident("secrets")) {
            each(attribute, |input| container.take(input))?;
        }
        Ok(container)
    }

    fn take(&mut self, input: ParseStream<'_>) -> Result<()> {
        let name = Ident::parse_any(input).map_err(|error| Error::new(error.span(), ON_STRUCT))?;
        match name.to_string().as_str() {
            "prefix" => put(&mut self.prefix, &name, value(input)?),
            "crate" => put(&mut self.facade, &name, value(input)?),
            _ => Err(Error::new(name.span(), ON_STRUCT)),
        }
    }

    /// The whole reference, checked by the parser that will read it.
    fn complete(&self, reference: &LitStr) -> Result<LitStr> {
        let prefix = self.prefix.as_ref().map(LitStr::value).unwrap_or_default();
        let whole = prefix + &reference.value();
        match whole.parse::<Reference>() {
            Ok(_) => Ok(LitStr::new(&whole, reference.span())),
            Err(error) => {
                let message = format!("{}; {}", error.message(), error.action());
                Err(Error::new(reference.span(), message))
            }
        }
    }
}

impl Source {
    pub(crate) fn of(field: &Field, container: &Container) -> Result<Self> {
        let mut attributes = field.attrs.iter().filter(|it| it.path().is_ident("secret"));
        let attribute = attributes.next().ok_or_else(|| Error::new(field.ty.span(), NO_SOURCE))?;
        if let Some(second) = attributes.next() {
            return Err(Error::new(second.span(), "this field has a secret already"));
        }
        let mut parts = Parts::default();
        each(attribute, |input| parts.take(input))?;
        parts.into_source(attribute, container)
    }
}

#[derive(Default)]
struct Parts {
    reference: Option<LitStr>,
    nested: Option<Ident>,
    conversion: Option<Conversion>,
    missing: Option<Missing>,
}

impl Parts {
    fn take(&mut self, input: ParseStream<'_>) -> Result<()> {
        if input.peek(LitStr) {
            let reference: LitStr = input.parse()?;
            let span = reference.span();
            return match self.reference.replace(reference) {
                None => Ok(()),
                Some(_) => Err(Error::new(span, "a field has one reference")),
            };
        }
        let name = Ident::parse_any(input).map_err(|error| Error::new(error.span(), ON_FIELD))?;
        match name.to_string().as_str() {
            "nested" => put(&mut self.nested, &name, name.clone()),
            "parse" => self.convert(&name, Conversion::Parse),
            "json" => self.convert(&name, Conversion::Json),
            "with" => {
                let function = value(input)?;
                self.convert(&name, Conversion::With(function))
            }
            "default" => {
                let value = input.peek(Token![=]).then(|| value(input)).transpose()?;
                put(&mut self.missing, &name, Missing { keyword: name.clone(), value })
            }
            _ => Err(Error::new(name.span(), ON_FIELD)),
        }
    }

    fn convert(&mut self, name: &Ident, conversion: Conversion) -> Result<()> {
        match self.conversion.replace(conversion) {
            None => Ok(()),
            Some(_) => Err(Error::new(name.span(), "a field has one of parse, json and with")),
        }
    }

    fn into_source(self, attribute: &Attribute, container: &Container) -> Result<Source> {
        let Self { reference, nested, conversion, missing } = self;
        let Some(nested) = nested else {
            let reference = reference.ok_or_else(|| Error::new(attribute.span(), NO_SOURCE))?;
            let reference = container.complete(&reference)?;
            let conversion = conversion.unwrap_or(Conversion::FromSecret);
            return Ok(Source::Secret(Box::new(Secret { reference, conversion, missing })));
        };
        if reference.is_some() || conversion.is_some() || missing.is_some() {
            let message = "a nested struct has the references in its own fields, and nothing else";
            return Err(Error::new(nested.span(), message));
        }
        Ok(Source::Nested)
    }
}

/// Gives each part between the commas to `take`.
fn each(attribute: &Attribute, mut take: impl FnMut(ParseStream<'_>) -> Result<()>) -> Result<()> {
    let parts = |input: ParseStream<'_>| {
        while !input.is_empty() {
            take(input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    };
    parts.parse2(attribute.meta.require_list()?.tokens.clone())
}

fn value<T: Parse>(input: ParseStream<'_>) -> Result<T> {
    input.parse::<Token![=]>()?;
    input.parse()
}

fn put<T>(place: &mut Option<T>, name: &Ident, value: T) -> Result<()> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::new(name.span(), format!("`{name}` is given twice"))),
    }
}
