"""One model on Inferentia2 and A10G, each on spot and on-demand capacity, with a cluster of its own."""

from aws_cdk import App, Duration, Stack
from aws_cdk.aws_cloudwatch import ComparisonOperator
from cdk_adaptive_inference import (
    Accelerator,
    AdaptiveInference,
    AdaptiveInferenceUnit,
    FleetObjective,
    ServedContainer,
    UnitProfile,
)
from constructs import Construct


class MinimalStack(Stack):
    def __init__(self, scope: Construct, id: str, **kwargs) -> None:
        super().__init__(scope, id, **kwargs)
        chat = AdaptiveInference(
            self,
            "Chat",
            objective=FleetObjective(
                latency=Duration.millis(900), percentile=95, attainment=0.999
            ),
            resilience=1,
            units=[
                AdaptiveInferenceUnit(
                    name="inf2",
                    accelerator=Accelerator.INFERENTIA2,
                    container=ServedContainer(
                        image="public.ecr.aws/example/chat-neuron:1.0.0"
                    ),
                    profile=UnitProfile(
                        throughput_per_minute=105,
                        latency=Duration.millis(670),
                        cold_start=Duration.minutes(10),
                    ),
                ),
                AdaptiveInferenceUnit(
                    name="g5",
                    accelerator=Accelerator.A10_G,
                    container=ServedContainer(
                        image="public.ecr.aws/example/chat-cuda:1.0.0"
                    ),
                    profile=UnitProfile(
                        throughput_per_minute=90,
                        latency=Duration.millis(680),
                        cold_start=Duration.minutes(6),
                    ),
                ),
            ],
        )
        chat.metric_attainment().create_alarm(
            self,
            "Slow",
            threshold=0.99,
            comparison_operator=ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=5,
        )


app = App()
MinimalStack(app, "Minimal")
app.synth()
