/** A script that does nothing, to see what the runtime takes for itself. @module */
console.log("here");
setInterval(() => {}, 1_000_000);
