"""The producer of the bench, by the Python package: creates a key from the payload's."""

import clearskies
import clearskies_akeyless_custom_producer


def create(key, secret):
    return {"key": f"new-{key}", "secret": f"new-{secret}"}


def revoke(id_to_delete):
    return None


endpoint = clearskies_akeyless_custom_producer.endpoints.NoInput(
    create_callable=create, revoke_callable=revoke, id_column_name="key"
)
application = clearskies.contexts.Wsgi(endpoint)


def app(environ, start_response):
    return application(environ, start_response)
