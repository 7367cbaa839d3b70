"""A policy pack on the bare protocol: no resource may have the value `forbidden`."""

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2


class Pack(analyzer_pb2_grpc.AnalyzerServicer):
    def GetAnalyzerInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return analyzer_pb2.AnalyzerInfo(name="pack", version="0.0.1")

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version="0.0.1")

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def Remediate(self, request: Any, context: Any) -> Any:  # noqa: N802
        return analyzer_pb2.RemediateResponse()

    def AnalyzeStack(self, request: Any, context: Any) -> Any:  # noqa: N802
        return analyzer_pb2.AnalyzeResponse()

    def Analyze(self, request: Any, context: Any) -> Any:  # noqa: N802
        properties = dict(request.properties)
        if properties.get("value") != "forbidden":
            return analyzer_pb2.AnalyzeResponse()
        violation = analyzer_pb2.AnalyzeDiagnostic(
            policyName="no-forbidden",
            policyPackName="pack",
            policyPackVersion="0.0.1",
            message="this value is forbidden",
            enforcementLevel=analyzer_pb2.MANDATORY,
            urn=request.urn,
        )
        return analyzer_pb2.AnalyzeResponse(diagnostics=[violation])


server = grpc.server(ThreadPoolExecutor(max_workers=4))
analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Pack(), server)
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
print("pack is up", file=sys.stderr, flush=True)
Event().wait()
