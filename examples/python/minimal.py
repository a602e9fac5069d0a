from aws_cdk import App, Stack
from cdk_adaptive_inference import Accelerator, AcceleratorPool, InferenceCluster

app = App()
stack = Stack(app, "Minimal")
cluster = InferenceCluster(stack, "Cluster")
AcceleratorPool(stack, "Pool", cluster=cluster, accelerator=Accelerator.A10_G)
app.synth()
