"""The loop of calls that chat models are taught: call tools, see what they give, go on to an answer."""
