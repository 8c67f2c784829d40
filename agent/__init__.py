"""Fulfils requests with the tool bank, and has the tools made that are missing.

    agent.worker.open_worker             works requests off
    agent.chatting.chatbot.Chatbot       talks with a user until there is a request
    agent.action.Action                  what the program around the agent lets it call
    agent.chain_of_code.interpreter      runs plans by itself
    agent.evaluation.evaluate            measures an agent on requests with known answers

Each of its rooms says at its head what it holds.
"""
