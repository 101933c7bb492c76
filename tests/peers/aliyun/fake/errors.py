"""What a gateway answers when it says no."""


class Refusal(Exception):
    """An error of the API: an HTTP status, a code, a message, and how long to wait."""

    def __init__(self, status, code, message=None, retry_after_ms=None):
        super().__init__(code)
        self.status, self.code = status, code
        self.message = message or code
        self.retry_after_ms = retry_after_ms


def not_found():
    return Refusal(404, "Forbidden.ResourceNotFound", "Resource not found.")


def invalid(name):
    return Refusal(400, "InvalidParameter", f"The specified parameter {name} is not valid.")
