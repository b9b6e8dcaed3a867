"""ComfyUI finds the node here. The folder is complete in itself: copy it into `custom_nodes` and restart."""

from .node import SendToIsekai

NODE_CLASS_MAPPINGS = {"SendToIsekai": SendToIsekai}
NODE_DISPLAY_NAME_MAPPINGS = {"SendToIsekai": "Send to Isekai"}

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS"]
