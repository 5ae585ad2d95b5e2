// What this runtime can do: replace it by what yours can.
import { setTimeout as rest } from "node:timers/promises";
import { Failure } from "./runtime.js";
export const nodes = [
    {
        name: "words",
        description: "Count the words of a text",
        parameters: { type: "object", required: ["text"], properties: { text: { type: "string" } } },
        do({ text }, { log }) {
            if (typeof text !== "string")
                throw new Failure("text is a string");
            const words = text.split(/\s+/).filter(Boolean);
            log(`${words.length} words`);
            return { count: words.length, longest: words.reduce((a, b) => (b.length > a.length ? b : a), "") };
        },
    },
    {
        name: "spell",
        description: "Spell a text letter by letter, which takes a while",
        parameters: {
            type: "object",
            required: ["text"],
            properties: { text: { type: "string", minLength: 1 }, each_ms: { type: "integer", minimum: 0 } },
        },
        async do({ text, each_ms }, { progress, signal }) {
            if (typeof text !== "string" || text === "")
                throw new Failure("text is a string with at least one letter");
            const letters = [...text];
            for (const i of letters.keys()) {
                await rest(Number(each_ms ?? 0), undefined, { signal }); // ends when nobody waits any more
                progress(i + 1, letters.length);
            }
            return { spelled: letters.join("-") };
        },
    },
];
