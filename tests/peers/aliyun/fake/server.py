"""HTTP and HTTPS around the rest: who is asked for what, and what is remembered of it."""

import http.server
import json
import socket
import threading
import time
import urllib.parse
import uuid

from openapi_util.protobuf import api_pb2

from . import control, kms, metadata, sts
from .errors import Refusal
from .signatures import Verifier, claimed_key, verify_instance

FORM = "application/x-www-form-urlencoded"
PROTOBUF = "application/x-protobuf"
VERSIONS = {**dict.fromkeys(kms.ACTIONS, "2016-01-20"), **dict.fromkeys(sts.ACTIONS, "2015-04-01")}


class Request:
    """A request, read whole; the names of its headers are in lower case."""

    def __init__(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        self.method, self.body = handler.command, handler.rfile.read(length) if length else b""
        address = urllib.parse.urlsplit(handler.path)
        self.path = address.path
        self.query = dict(urllib.parse.parse_qsl(address.query, keep_blank_values=True))
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.form = {}
        if self.header("content-type").startswith(FORM):
            self.form = dict(urllib.parse.parse_qsl(self.body.decode(), keep_blank_values=True))

    def header(self, name):
        return self.headers.get(name) or ""


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection to a region."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            pass

    def do_GET(self):
        request = Request(self)
        if request.path.startswith("/fake/"):
            self.reply(*control.answer(self.server, request))
        elif request.path.startswith("/latest/"):
            self.metadata(request)
        elif request.header("x-kms-apiname"):
            self.instance(request)
        else:
            self.open_api(request)

    do_POST = do_PUT = do_GET

    def reply(self, status, body, kind="application/json", headers=()):
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def drop(self):
        """Ends the connection without an answer."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def open_api(self, request):
        region = self.server.region
        call = {"id": str(uuid.uuid4()).upper(), "host": request.header("host"),
                "agent": request.header("user-agent"), "status": 200}
        delay = 0
        try:
            with region.account.lock:
                region.calls.append(call)
                call["key"] = claimed_key(request)
                action = call["action"] = self.action(request)
                if action not in sts.UNSIGNED:
                    verifier = Verifier(region, is_kms=action in kms.ACTIONS)
                    call["user"], call["scheme"] = verifier.verify(request)
                fault = region.next_fault(action)
                if fault is None:
                    answer = self.act(action, {**request.query, **request.form}, call)
            if fault is not None:
                call["fault"] = True
                delay = fault.get("delay_ms", 0) / 1000
                if fault.get("drop"):
                    return self.drop()
                if "location" in fault:
                    return self.reply(307, b"", headers=[("Location", fault["location"])])
                if "status" in fault:
                    raise Refusal(fault["status"], fault.get("code", "InternalFailure"),
                                  fault.get("message"), fault.get("retry_after_ms"))
                time.sleep(delay)
                with region.account.lock:
                    answer = self.act(action, {**request.query, **request.form}, call)
            answer.setdefault("RequestId", call["id"])
            self.reply(200, answer, headers=[("x-acs-request-id", call["id"])])
        except Refusal as refusal:
            time.sleep(delay)
            call["status"], call["code"] = refusal.status, refusal.code
            headers = [("x-acs-request-id", call["id"])]
            if refusal.retry_after_ms is not None:
                headers.append(("x-acs-retry-after", str(refusal.retry_after_ms)))
            self.reply(refusal.status, {
                "HttpStatus": refusal.status, "Code": refusal.code, "Message": refusal.message,
                "RequestId": call["id"], "HostId": call["host"],
            }, headers=headers)

    @staticmethod
    def action(request):
        if request.path != "/":
            raise Refusal(404, "InvalidAction.NotFound", "Specified api is not found.")
        parameters = {**request.query, **request.form}
        if request.header("authorization").startswith("ACS"):
            action, version = request.header("x-acs-action"), request.header("x-acs-version")
        else:
            action, version = parameters.get("Action"), parameters.get("Version")
        if action not in VERSIONS:
            raise Refusal(404, "InvalidAction.NotFound", "Specified api is not found.")
        if version != VERSIONS[action]:
            raise Refusal(404, "InvalidVersion", "Specified parameter Version is not valid.")
        return action

    def act(self, action, parameters, call):
        region = self.server.region
        if action in region.denied:
            raise Refusal(403, "Forbidden.NoPermission", "This operation is forbidden.")
        if action in kms.ACTIONS:
            call["secret"] = parameters.get("SecretName")
            return getattr(kms.Kms(region), action)(parameters)
        return getattr(sts.Sts(region), action)(parameters, call.get("user"))

    def instance(self, request):
        region = self.server.region
        call = {"id": str(uuid.uuid4()), "host": request.header("host"), "scheme": "dkms",
                "action": request.header("x-kms-apiname"), "status": 200}
        try:
            with region.account.lock:
                region.calls.append(call)
                call["key"] = verify_instance(region, request)
                fault = region.next_fault(call["action"])
                if fault is not None:
                    raise Refusal(fault["status"], fault["code"], fault.get("message"))
                if call["action"] != "GetSecretValue":
                    raise Refusal(400, "InvalidApiName")
                asked = api_pb2.GetSecretValueRequest()
                asked.ParseFromString(request.body)
                found = kms.Kms(region).GetSecretValue({
                    "SecretName": asked.SecretName, "VersionStage": asked.VersionStage,
                    "VersionId": asked.VersionId,
                    "FetchExtendedConfig": asked.FetchExtendedConfig,
                })
            stages = found.pop("VersionStages")["VersionStage"]
            answer = api_pb2.GetSecretValueResponse(
                RequestId=call["id"], VersionStages=stages, **found)
            self.reply(200, answer.SerializeToString(), PROTOBUF)
        except Refusal as refusal:
            call["status"], call["code"] = refusal.status, refusal.code
            error = api_pb2.Error(
                StatusCode=refusal.status, ErrorCode=refusal.code, ErrorMessage=refusal.message,
                RequestId=call["id"])
            self.reply(refusal.status, error.SerializeToString(), PROTOBUF)

    def metadata(self, request):
        region = self.server.region
        with region.account.lock:
            region.calls.append({"action": "metadata", "path": request.path,
                                 "via_proxy": "proxy-connection" in request.headers})
            if region.metadata_down:
                return self.drop()
            answer = metadata.answer(region, request)
        return self.reply(*answer)


class Server(http.server.ThreadingHTTPServer):
    """A region at a port."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, worlds, region, context=None):
        self.worlds, self.region = worlds, region
        super().__init__(("127.0.0.1", 0), Handler)
        if context is not None:
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address):
        """Whoever leaves in the middle, or does not like the certificate, may."""

    @property
    def port(self):
        return self.server_address[1]
