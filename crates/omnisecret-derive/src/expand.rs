//! The implementation, written out.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Data, DataStruct, DeriveInput, Error, Field, GenericArgument, Member, Path, PathArguments,
    Result, Type, parse_quote,
};

use crate::attributes::{Container, Conversion, Missing, Secret, Source};

/// The implementation for this struct, or everything that is wrong with its fields.
pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let container = Container::of(&input.attrs)?;
    let Data::Struct(data) = &input.data else {
        return Err(Error::new(input.ident.span(), "only a struct can be made of secrets"));
    };
    if let Some(lifetime) = input.generics.lifetimes().next() {
        let message = "a field cannot borrow from a secret: take a type that owns its value";
        return Err(Error::new(lifetime.lifetime.span(), message));
    }
    if data.fields.is_empty() {
        return Err(Error::new(input.ident.span(), "there is no field to take a secret"));
    }
    let binder = Binder {
        facade: container.facade.clone().unwrap_or_else(|| parse_quote!(::omnisecret)),
        container,
        // A name of the macro's own: what the user writes after `default =` does not see it.
        fields: Ident::new("fields", Span::mixed_site()),
    };
    Ok(binder.implementation(input, &binder.all(data)?))
}

struct Binder {
    container: Container,
    /// The path to the crate `omnisecret`.
    facade: Path,
    /// The argument of `bind`.
    fields: Ident,
}

/// How one field gets its secret.
struct Bound {
    member: Member,
    /// An expression: an `Option` of what the field takes.
    value: TokenStream,
    /// What the field's type has to be, should it depend on a parameter.
    needs: Option<(Type, TokenStream)>,
}

impl Binder {
    fn all(&self, data: &DataStruct) -> Result<Vec<Bound>> {
        let mut bound = Vec::new();
        let mut errors: Option<Error> = None;
        for (member, field) in data.fields.members().zip(&data.fields) {
            match (self.bind(member, field), &mut errors) {
                (Ok(field), _) => bound.push(field),
                (Err(error), Some(errors)) => errors.combine(error),
                (Err(error), None) => errors = Some(error),
            }
        }
        errors.map_or(Ok(bound), Err)
    }

    fn bind(&self, member: Member, field: &Field) -> Result<Bound> {
        let name = match &member {
            Member::Named(name) => name.unraw().to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        };
        match Source::of(field, &self.container)? {
            Source::Nested => self.nested(member, &name, &field.ty),
            Source::Secret(secret) => self.secret(member, &name, &field.ty, &secret),
        }
    }

    fn nested(&self, member: Member, name: &str, ty: &Type) -> Result<Bound> {
        if inside_option(ty).is_some() {
            let message = "a nested struct is not optional; its fields may be";
            return Err(Error::new_spanned(ty, message));
        }
        let Self { facade, fields, .. } = self;
        let value = quote_spanned!(ty.span()=> #fields.nested::<#ty>(#name));
        Ok(Bound { member, value, needs: Some((ty.clone(), quote!(#facade::FromSecrets))) })
    }

    fn secret(&self, member: Member, name: &str, ty: &Type, secret: &Secret) -> Result<Bound> {
        let Self { facade, fields, .. } = self;
        let Secret { reference, conversion, missing } = secret;
        let inner = inside_option(ty);
        let target = inner.unwrap_or(ty);
        let span = target.span();
        // With the span of the type, which is where the compiler shows what does not fit.
        let (convert, needs) = match conversion {
            Conversion::FromSecret => (
                quote_spanned!(span=> <#target as #facade::FromSecret>::from_secret),
                Some(quote!(#facade::FromSecret)),
            ),
            Conversion::Parse => (
                quote_spanned!(span=> #facade::typed::parse::<#target>),
                Some(quote!(::core::str::FromStr)),
            ),
            Conversion::Json => (quote_spanned!(span=> #facade::typed::json::<#target>), None),
            Conversion::With(function) => (quote!(#facade::typed::with(#function)), None),
        };
        let optional = quote!(#fields.optional(#name, #reference, #convert));
        let value = match (inner, missing) {
            (None, None) => quote!(#fields.required(#name, #reference, #convert)),
            (Some(_), None) => optional,
            (Some(_), Some(Missing { keyword, .. })) => {
                let message = "an Option is None without its secret, and takes no default";
                return Err(Error::new(keyword.span(), message));
            }
            (None, Some(Missing { keyword, value })) => {
                let default = quote_spanned!(keyword.span()=> <#target as ::core::default::Default>::default());
                let value = value.as_ref().map_or(default, ToTokens::to_token_stream);
                quote!(#optional.map(|found| found.unwrap_or_else(|| #value)))
            }
        };
        Ok(Bound { member, value, needs: needs.map(|needs| (target.clone(), needs)) })
    }

    fn implementation(&self, input: &DeriveInput, bound: &[Bound]) -> TokenStream {
        let Self { facade, fields, .. } = self;
        let name = &input.ident;
        let parameters: Vec<_> = input.generics.type_params().map(|it| &it.ident).collect();
        let mut generics = input.generics.clone();
        for (ty, needs) in bound.iter().filter_map(|field| field.needs.as_ref()) {
            if mentions(ty.to_token_stream(), &parameters) {
                generics.make_where_clause().predicates.push(parse_quote!(#ty: #needs));
            }
        }
        let (parameters, _, bounds) = generics.split_for_impl();
        let (_, arguments, _) = input.generics.split_for_impl();
        let members: Vec<_> = bound.iter().map(|field| &field.member).collect();
        let values = bound.iter().map(|field| &field.value);
        let locals: Vec<_> = (0..bound.len())
            .map(|at| format_ident!("field_{at}", span = Span::mixed_site()))
            .collect();
        quote! {
            #[automatically_derived]
            impl #parameters #facade::FromSecrets for #name #arguments #bounds {
                fn bind(#fields: &mut #facade::typed::Fields) -> ::core::option::Option<Self> {
                    #(let #locals = #values;)*
                    ::core::option::Option::Some(Self { #(#members: #locals?),* })
                }
            }
        }
    }
}

/// The `T` of an `Option<T>`, however the path to it is written.
fn inside_option(ty: &Type) -> Option<&Type> {
    let path = match ty {
        Type::Path(path) => path,
        // Around a type that comes through a `macro_rules!`, and around one in brackets.
        Type::Group(group) => return inside_option(&group.elem),
        Type::Paren(paren) => return inside_option(&paren.elem),
        _ => return None,
    };
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) if arguments.args.len() == 1 => Some(inner),
        _ => None,
    }
}

/// Whether one of these names is among the tokens.
fn mentions(tokens: TokenStream, names: &[&Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => names.contains(&&ident),
        TokenTree::Group(group) => mentions(group.stream(), names),
        _ => false,
    })
}
